import type { HeldMemory } from './held-memory.ts';

/** After a full collection, MiB. */
export interface Sample {
  /** What JavaScript still holds: heap, and buffers outside it. */
  readonly held: number;
  /** Resident set: everything, also what the allocator keeps for later. */
  readonly rss: number;
}

/** What may come on top and is no leak. MiB. */
export const TOLERANCE: Sample = { held: 3, rss: 48 };
/** Below this many samples there is no trend. */
const MIN_SAMPLES = 24;

export function toSample({ rss, heapUsed, external }: HeldMemory): Sample {
  return { held: (heapUsed + external) / 1_048_576, rss: rss / 1_048_576 };
}

/**
 * Compares the second quarter of a run with its last, by their medians. Null: no growth beyond the tolerance, or too
 * short to tell.
 */
export function findGrowth(samples: readonly Sample[]): string | null {
  if (samples.length < MIN_SAMPLES) return null;
  const quarter = Math.floor(samples.length / 4);
  const grown = (name: keyof Sample): number =>
    median(samples.slice(-quarter).map((one) => one[name])) -
    median(samples.slice(quarter, 2 * quarter).map((one) => one[name]));
  const [held, rss] = [grown('held'), grown('rss')];
  if (held <= TOLERANCE.held && rss <= TOLERANCE.rss) return null;
  return `what is held after a collection grew by ${held.toFixed(1)} MiB, RSS by ${rss.toFixed(0)} MiB`;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
