import type { FilledMeasurement, Goal, Report } from './report.ts';

type Numbers = Omit<Report, 'goals' | 'madeAt' | 'machine' | 'effort'>;

/**
 * The goals of ARCHITECTURE.md (Budgets), each only where it was measured with the amounts that the goal names; all for
 * one process. A number never fails the run.
 */
export function judgeGoals(report: Numbers): Goal[] {
  const find = (batch: number | null) =>
    report.gateways.find((one) => one.database === 'postgresql' && one.workers === 1 && one.batch === batch);
  const single = find(null);
  const thousand = find(1000);
  const ratio = (value: number | undefined, of: number): number | null =>
    value === undefined ? null : value / of;
  return [
    atLeast(
      'single events / OpenSSL verify of one core',
      { goal: 0.5, floor: 0.4 },
      ratio(single?.eventsPerSecond, report.verifyPerSecond),
    ),
    atLeast(
      'batches of 1000 / bare multi-row insert',
      { goal: 0.6, floor: 0.5 },
      ratio(thousand?.eventsPerSecond, report.bareInsertBatchesPerSecond),
    ),
    atMost('p99 at half of the maximum, ms', 25, report.halfLoad?.latencyMs?.p99 ?? null),
    atMost(
      'gateway RSS on PostgreSQL, 256 connections, MiB',
      300,
      single?.connections === 256 ? (single.rssMiB?.peakMiB ?? null) : null,
    ),
    atMost(
      'agent RSS with 1,000,000 events in its spool, MiB',
      200,
      report.spool.spooled >= 1_000_000 ? report.spool.peakMiB : null,
    ),
    atLeast(
      'filled store / empty store',
      { goal: 0.8, floor: null },
      isWholeFill(report.filled)
        ? ratio(report.filled.gateway.eventsPerSecond, report.filled.empty.eventsPerSecond)
        : null,
    ),
  ];
}

function isWholeFill(filled: FilledMeasurement | null): filled is FilledMeasurement {
  return filled !== null && filled.nonces >= 10_000_000 && filled.events >= 1_000_000;
}

export function atLeast(
  name: string,
  { goal, floor }: { readonly goal: number; readonly floor: number | null },
  measured: number | null,
): Goal {
  return {
    name,
    goal: `>= ${goal.toFixed(2)}`,
    floor: floor === null ? null : floor.toFixed(2),
    measured,
    verdict: verdict(measured, (value) => value >= goal),
  };
}

export function atMost(name: string, goal: number, measured: number | null): Goal {
  return {
    name,
    goal: `<= ${goal}`,
    floor: null,
    measured,
    verdict: verdict(measured, (value) => value <= goal),
  };
}

function verdict(measured: number | null, isGood: (value: number) => boolean): Goal['verdict'] {
  if (measured === null || Number.isNaN(measured)) return 'not measured';
  return isGood(measured) ? 'pass' : 'falls short';
}
