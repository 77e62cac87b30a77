/** A point of time as a table shows it, in the reader's zone (or in the named one): `2026-11-26 09:12:33`. */
export function localTime(at: Date, zone?: string): string {
  const parts = new Intl.DateTimeFormat('en-GB', {
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    ...(zone === undefined ? {} : { timeZone: zone }),
  }).formatToParts(at);
  const part = (type: Intl.DateTimeFormatPartTypes): string =>
    parts.find((found) => found.type === type)?.value ?? '';
  return `${part('year')}-${part('month')}-${part('day')} ${part('hour')}:${part('minute')}:${part('second')}`;
}

/** The same point in UTC: `2026-11-26 08:12:33.123 UTC`. */
export function utcTime(at: Date): string {
  return `${at
    .toISOString()
    .replace('T', ' ')
    .replace(/\.000Z$|Z$/, '')} UTC`;
}

const STEPS = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
] as const;

/** How far from `now`, roughly: `3 minutes ago`, `in 2 days`. */
export function farFrom(at: Date, now: Date): string {
  const seconds = (at.getTime() - now.getTime()) / 1000;
  const [unit, size] = STEPS.find(([, length]) => Math.abs(seconds) >= length) ?? ['second', 1];
  return new Intl.RelativeTimeFormat('en', { numeric: 'auto' }).format(Math.trunc(seconds / size), unit);
}

/** null: not a point of time. Takes RFC 3339, and what `<input type="datetime-local">` gives (the reader's zone). */
export function readTime(text: string): Date | null {
  const at = new Date(text.trim());
  return /^\d{4}-\d\d-\d\d/.test(text.trim()) && Number.isFinite(at.getTime()) ? at : null;
}
