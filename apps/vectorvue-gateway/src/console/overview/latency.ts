import type { Sample } from './read-metrics.ts';

export const LATENCY_METRIC = 'vectorvue_request_seconds_bucket';

/** Cumulative counts of one endpoint's histogram, by upper bound in seconds. */
type Buckets = ReadonlyMap<number, number>;
export type LatencySample = ReadonlyMap<string, Buckets>;

export interface Latency {
  readonly endpoint: string;
  readonly answers: number;
  /** Milliseconds, estimated within a bucket; null: more than the last bound of the histogram. */
  readonly p50_ms: number | null;
  readonly p99_ms: number | null;
}

export function sampleLatency(samples: readonly Sample[]): LatencySample {
  const endpoints = new Map<string, Map<number, number>>();
  for (const { name, value, labels } of samples) {
    if (name !== LATENCY_METRIC) continue;
    const endpoint = labels.endpoint ?? '';
    const buckets = endpoints.get(endpoint) ?? new Map<number, number>();
    buckets.set(labels.le === '+Inf' ? Number.POSITIVE_INFINITY : Number(labels.le), value);
    endpoints.set(endpoint, buckets);
  }
  return endpoints;
}

/**
 * What happened between two samples, the busiest endpoint first. Where a count fell (a worker that is gone, a restart)
 * the later sample stands alone.
 */
export function latencyBetween(before: LatencySample, after: LatencySample): readonly Latency[] {
  const found: Latency[] = [];
  for (const [endpoint, buckets] of after) {
    const earlier = before.get(endpoint);
    const fell = [...buckets].some(([bound, count]) => count < (earlier?.get(bound) ?? 0));
    const counts = [...buckets]
      .map(([bound, count]) => [bound, count - (fell ? 0 : (earlier?.get(bound) ?? 0))] as const)
      .sort(([left], [right]) => left - right);
    const answers = counts.at(-1)?.[1] ?? 0;
    if (answers === 0) continue;
    found.push({ endpoint, answers, p50_ms: quantile(counts, 0.5), p99_ms: quantile(counts, 0.99) });
  }
  return found.sort((left, right) => right.answers - left.answers);
}

/** Linear within the bucket, as Prometheus does it: an estimate, exact only at the bounds. Milliseconds. */
function quantile(counts: readonly (readonly [number, number])[], part: number): number | null {
  const wanted = (counts.at(-1)?.[1] ?? 0) * part;
  let below = 0;
  let lower = 0;
  for (const [bound, count] of counts) {
    if (count >= wanted) {
      if (bound === Number.POSITIVE_INFINITY) return null;
      const within = count === below ? 1 : (wanted - below) / (count - below);
      return Math.round((lower + (bound - lower) * within) * 1e6) / 1e3;
    }
    below = count;
    lower = bound;
  }
  return null;
}

/** Milliseconds. */
const MIN_SPAN_MS = 60_000;

/** Samples of the last minutes, so that a quantile is about now and not about the time since the start. */
export class LatencyWindow {
  readonly #spanMs: number;
  #samples: { readonly atMs: number; readonly sample: LatencySample }[] = [];

  constructor(spanMs: number) {
    this.#spanMs = spanMs;
  }

  /** Keeps one that is older than the span, to subtract from. */
  add(atMs: number, sample: LatencySample): void {
    this.#samples.push({ atMs, sample });
    while ((this.#samples[1]?.atMs ?? atMs) <= atMs - this.#spanMs) this.#samples.shift();
  }

  /** `sinceMs` null: since the processes started, because nobody has looked for long enough. */
  read(): { readonly sinceMs: number | null; readonly latency: readonly Latency[] } {
    const [first] = this.#samples;
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined) return { sinceMs: null, latency: [] };
    // Two looks in quick succession say nothing about how it goes.
    if (last.atMs - first.atMs < MIN_SPAN_MS) {
      return { sinceMs: null, latency: latencyBetween(new Map(), last.sample) };
    }
    return { sinceMs: first.atMs, latency: latencyBetween(first.sample, last.sample) };
  }
}
