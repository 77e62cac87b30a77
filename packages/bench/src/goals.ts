import type { Goal, Report } from './report.ts';

type Numbers = Omit<Report, 'goals' | 'madeAt' | 'machine' | 'effort'>;

/** The goals of ARCHITECTURE.md (Budgets) that this benchmark can see. A number never fails the run. */
export function judgeGoals(report: Numbers): Goal[] {
  const find = (batch: number | null) =>
    report.gateways.find((one) => one.database === 'postgresql' && one.batch === batch);
  const single = find(null);
  const thousand = find(1000);
  const ratio = (value: number | undefined, of: number): number | null =>
    value === undefined ? null : value / of;
  return [
    atLeast(
      'single events / OpenSSL verify of one core',
      0.5,
      ratio(single?.eventsPerSecond, report.verifyPerSecond),
    ),
    atLeast(
      'batches of 1000 / bare multi-row insert',
      0.6,
      ratio(thousand?.eventsPerSecond, report.bareInsertBatchesPerSecond),
    ),
    atMost('p99 at half of the maximum, ms', 25, report.halfLoad?.latencyMs?.p99 ?? null),
    atMost(
      `peak RSS on PostgreSQL with ${single?.connections ?? 0} connections, MiB`,
      300,
      single?.rssMiB?.peakMiB ?? null,
    ),
    atLeast(
      'filled store / empty store',
      0.8,
      ratio(report.filled?.gateway.eventsPerSecond, single?.eventsPerSecond ?? Number.NaN),
    ),
  ];
}

function atLeast(name: string, bound: number, measured: number | null): Goal {
  return {
    name,
    goal: `>= ${bound.toFixed(2)}`,
    measured,
    verdict: verdict(measured, (value) => value >= bound),
  };
}

function atMost(name: string, bound: number, measured: number | null): Goal {
  return { name, goal: `<= ${bound}`, measured, verdict: verdict(measured, (value) => value <= bound) };
}

function verdict(measured: number | null, isGood: (value: number) => boolean): Goal['verdict'] {
  if (measured === null || Number.isNaN(measured)) return 'not measured';
  return isGood(measured) ? 'pass' : 'falls short';
}
