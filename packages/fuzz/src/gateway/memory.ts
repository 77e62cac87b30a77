import { readFileSync } from 'node:fs';

export interface Sample {
  /** Resident set, MiB. */
  readonly rss: number;
  /** JavaScript heap in use, MiB. */
  readonly heap: number;
  /** Buffers and what else V8 knows of outside its heap, MiB. */
  readonly external: number;
}

/** Growth that is not called a leak: caches warm up, the collector is lazy, and noise is noise. MiB. */
export const RSS_TOLERANCE = 64;
export const HEAP_TOLERANCE = 24;
/** Below this many samples there is no trend. */
const MIN_SAMPLES = 24;

export async function sampleMemory(pid: number, admin: string): Promise<Sample | null> {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const rss = Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1024;
    const metrics = await (await fetch(`http://${admin}/metrics`)).text();
    const heap = Number(/^nodejs_heap_size_used_bytes (\S+)$/m.exec(metrics)?.[1] ?? 0) / 1048576;
    const external = Number(/^nodejs_external_memory_bytes (\S+)$/m.exec(metrics)?.[1] ?? 0) / 1048576;
    return { rss, heap, external };
  } catch {
    return null; // no /proc here, or the process is gone, which is found out otherwise
  }
}

/**
 * Compares the second quarter of a run with its last: the median of RSS, and the floor of the heap, because what is
 * left after the collector ran is what is held. Null: no growth beyond the tolerance, or too short to tell.
 */
export function findGrowth(samples: readonly Sample[]): string | null {
  if (samples.length < MIN_SAMPLES) return null;
  const quarter = Math.floor(samples.length / 4);
  const early = samples.slice(quarter, 2 * quarter);
  const late = samples.slice(-quarter);
  const median = (of: readonly Sample[]): number =>
    of.map((one) => one.rss).sort((a, b) => a - b)[Math.floor(of.length / 2)] ?? 0;
  const floor = (of: readonly Sample[]): number => Math.min(...of.map((one) => one.heap));
  const rss = median(late) - median(early);
  const heap = floor(late) - floor(early);
  if (rss <= RSS_TOLERANCE && heap <= HEAP_TOLERANCE) return null;
  return `RSS grew by ${rss.toFixed(0)} MiB, heap floor by ${heap.toFixed(0)} MiB`;
}
