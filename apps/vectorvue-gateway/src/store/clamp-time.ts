/** 0001-01-01T00:00:00.000Z and 9999-12-31T23:59:59.999Z: what has an ISO form, in JavaScript and in PostgreSQL. */
const EARLIEST_MS = -62_135_596_800_000;
const LATEST_MS = 253_402_300_799_999;

/**
 * A time that any database can hold. A producer's clock may say the year 52,000 (milliseconds read as seconds);
 * the event is still evidence, its own text is kept beside it, and only the searchable column is clamped.
 */
export function clampTime(ms: number): Date {
  if (Number.isNaN(ms)) return new Date(EARLIEST_MS);
  return new Date(Math.min(LATEST_MS, Math.max(EARLIEST_MS, ms)));
}
