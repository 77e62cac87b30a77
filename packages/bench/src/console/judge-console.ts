import { atLeast, atMost } from '../goals.ts';
import type { Goal } from '../report.ts';
import type { ConsoleReport } from './console-report.ts';

/** Of ISSUE "A console": only a store of this size can show it. */
const WHOLE_STORE = 1_000_000;
const BUDGET_MS = 200;
const BUNDLE_KIB = 250;

type Numbers = Omit<ConsoleReport, 'goals' | 'madeAt' | 'machine'>;

/** A number never fails the run. */
export function judgeConsole({ stored, calls, ingestion, firstView }: Numbers): Goal[] {
  const isWhole = stored.events >= WHOLE_STORE;
  const slowest = Math.max(...calls.map(({ latencyMs }) => latencyMs?.p99 ?? Number.NaN));
  const interactive = firstView === null ? null : middle(firstView.interactiveMs);
  return [
    atMost(
      `p99 of the slowest call, ${WHOLE_STORE.toLocaleString('en-US')} events, ms`,
      BUDGET_MS,
      isWhole ? slowest : null,
    ),
    atLeast(
      `ingestion with ${ingestion.overviews} open overviews / without`,
      { goal: 0.95, floor: null },
      isWhole ? ingestion.ratio : null,
    ),
    atMost('first view interactive, median, ms', 1000, isWhole ? interactive : null),
    atMost(
      'files of the first view, gzipped, KiB',
      BUNDLE_KIB,
      firstView === null ? null : firstView.gzippedBytes / 1024,
    ),
  ];
}

function middle(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
