export const MINUTE_SECONDS = 60;

/** Without the last minute, which is not over: it would look like a fall. */
export function wholeMinutes(perMinute: readonly number[]): readonly number[] {
  return perMinute.slice(0, -1);
}

export function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}

/** Minute by minute. */
export function added(series: readonly (readonly number[])[]): readonly number[] {
  const minutes = Math.max(0, ...series.map(({ length }) => length));
  return Array.from({ length: minutes }, (_, index) => sum(series.map((counts) => counts[index] ?? 0)));
}
