/** RFC 3339 with an offset; any number of fraction digits, because a cut fraction would merge two findings. */
const RFC3339 =
  /^([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.[0-9]{1,32})?([Zz]|[+-][0-9]{2}:[0-9]{2})$/;

/** 9999-12-31T23:59:59Z, the last second that RFC 3339 can write. */
const LAST_SECOND = 253_402_300_799;

/**
 * True for a date-time that names a real moment and its offset. A time without offset is not one: read as UTC it
 * would be hours off (QUIRKS.md), so the caller falls back to when the report was recorded and says so.
 */
export function isRfc3339(text: string): boolean {
  const match = RFC3339.exec(text);
  if (match === null) {
    return false;
  }
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const offset = match[7] ?? 'Z';
  const lastDay = new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
  return (
    month >= 1 &&
    month <= 12 &&
    day >= 1 &&
    day <= lastDay &&
    hour <= 23 &&
    minute <= 59 &&
    second <= 59 &&
    (offset.length === 1 || (Number(offset.slice(1, 3)) <= 23 && Number(offset.slice(4, 6)) <= 59))
  );
}

/** Go's zero time, which nuclei and others write for "not set". */
export function isZeroTime(text: string): boolean {
  return text.startsWith('0001-01-01');
}

/** Unix seconds as decimal text -> RFC 3339 in UTC; null if it is no such number or beyond the year 9999. */
export function unixSecondsToRfc3339(text: string | undefined): string | null {
  if (text === undefined || !/^[1-9][0-9]{0,11}$/.test(text)) {
    return null;
  }
  const seconds = Number(text);
  return seconds > LAST_SECOND ? null : `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`;
}

/** The report's own time where it is usable, else the time at which the report was recorded. */
export function observedAt(
  candidate: string | null | undefined,
  recordedAt: string,
): { observedAt: string; observedAtBasis: 'report' | 'recorded' } {
  return typeof candidate === 'string' && isRfc3339(candidate) && !isZeroTime(candidate)
    ? { observedAt: candidate, observedAtBasis: 'report' }
    : { observedAt: recordedAt, observedAtBasis: 'recorded' };
}

/** The earlier of two RFC 3339 texts, as it was written; compared at millisecond precision. */
export function earlier(known: string | null, time: string): string {
  return known === null || Date.parse(time) < Date.parse(known) ? time : known;
}

/** The earliest of some RFC 3339 texts, as it was written; null for none. */
export function earliest(times: Iterable<string>): string | null {
  let best: string | null = null;
  for (const time of times) best = earlier(best, time);
  return best;
}
