export interface Percentiles {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

/** Nearest rank, over all values together; null without values. Milliseconds in, milliseconds out. */
export function percentiles(parts: readonly Float64Array[]): Percentiles | null {
  const all = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  if (all.length === 0) return null;
  all.sort();
  const rank = (share: number): number =>
    all[Math.min(all.length - 1, Math.ceil(share * all.length) - 1)] ?? Number.NaN;
  return { p50: rank(0.5), p99: rank(0.99), p999: rank(0.999), max: rank(1) };
}
