/**
 * The offset of a zone at a local time, as RFC 3339 writes it; null for a zone that does not exist.
 * @param zone "UTC", "+hh:mm", or a name of the IANA database
 * @param local "2023-07-19T09:02:18", as the clock on the wall showed it
 * @returns an hour that is skipped in spring gets the offset before the change; one that comes twice in autumn is
 *   ambiguous, and gets the first
 */
export function offsetAt(zone: string, local: string): { offset: string; ambiguous: boolean } | null {
  if (zone === 'UTC' || zone === 'Z') return { offset: 'Z', ambiguous: false };
  if (/^[+-](?:[01][0-9]|2[0-3]):[0-5][0-9]$/.test(zone)) return { offset: zone, ambiguous: false };
  const format = formatOf(zone);
  if (format === null) return null;
  const wall = Date.parse(`${local}Z`);
  // The offset cannot be known before the moment is, nor the moment before the offset: both neighbours are tried.
  const day = 86_400_000;
  const offsets = [offsetOf(format, wall - day), offsetOf(format, wall + day)];
  const fitting = offsets.filter((minutes) => offsetOf(format, wall - minutes * 60_000) === minutes);
  const minutes = fitting[0] ?? offsets[0] ?? 0;
  return { offset: written(minutes), ambiguous: new Set(fitting).size > 1 };
}

/** A zone that `offsetAt` knows. */
export function isZone(zone: string): boolean {
  return offsetAt(zone, '2020-01-01T00:00:00') !== null;
}

const formats = new Map<string, Intl.DateTimeFormat | null>();

function formatOf(zone: string): Intl.DateTimeFormat | null {
  const known = formats.get(zone);
  if (known !== undefined) return known;
  let format: Intl.DateTimeFormat | null = null;
  try {
    format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
  } catch {
    // No such zone: the caller says so.
  }
  formats.set(zone, format);
  return format;
}

/** Minutes east of Greenwich at a moment. */
function offsetOf(format: Intl.DateTimeFormat, ms: number): number {
  const name = format.formatToParts(ms).find(({ type }) => type === 'timeZoneName')?.value ?? 'GMT';
  const match = /GMT(?:([+-])([0-9]{2}):([0-9]{2}))?/.exec(name);
  const minutes = Number(match?.[2] ?? 0) * 60 + Number(match?.[3] ?? 0);
  return match?.[1] === '-' ? -minutes : minutes;
}

function written(minutes: number): string {
  const size = Math.abs(minutes);
  const two = (n: number): string => String(n).padStart(2, '0');
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}
