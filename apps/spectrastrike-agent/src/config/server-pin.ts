import { parseFingerprint } from './fingerprint.ts';

/** A certificate that the gateway may present. Validity [from, until) in Unix milliseconds; null: unbounded. */
export interface ServerPin {
  /** Lower-case hex SHA-256 of the DER. */
  readonly sha256: string;
  readonly notBeforeMs: number | null;
  readonly notAfterMs: number | null;
}

const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,3})?(?:Z|[+-]\d{2}:\d{2})$/;

/** `<64 hex>`, or `<64 hex>@<from>..<until>` with RFC 3339 times of which one may be absent. null: neither. */
export function parseServerPin(text: string): ServerPin | null {
  const [hex = '', validity, ...more] = text.trim().split('@');
  const sha256 = parseFingerprint(hex);
  if (sha256 === null || more.length > 0) return null;
  if (validity === undefined) return { sha256, notBeforeMs: null, notAfterMs: null };
  const [from = '', until, ...rest] = validity.split('..');
  if (until === undefined || rest.length > 0 || (from === '' && until === '')) return null;
  const [notBeforeMs, notAfterMs] = [parseTime(from), parseTime(until)];
  if (notBeforeMs === undefined || notAfterMs === undefined) return null;
  if (notBeforeMs !== null && notAfterMs !== null && notAfterMs <= notBeforeMs) return null;
  return { sha256, notBeforeMs, notAfterMs };
}

/** As `parseServerPin` reads it; a pin without bounds is its hash alone. */
export function formatServerPin({ sha256, notBeforeMs, notAfterMs }: ServerPin): string {
  if (notBeforeMs === null && notAfterMs === null) return sha256;
  const text = (time: number | null): string => (time === null ? '' : new Date(time).toISOString());
  return `${sha256}@${text(notBeforeMs)}..${text(notAfterMs)}`;
}

/** Whether one of the pins, in their text form, names that certificate now. */
export function isPinned(pins: readonly string[], sha256: string, nowMs: number): boolean {
  return pins.some((text) => {
    const pin = parseServerPin(text);
    if (pin?.sha256 !== sha256) return false;
    return nowMs >= (pin.notBeforeMs ?? nowMs) && nowMs < (pin.notAfterMs ?? Number.POSITIVE_INFINITY);
  });
}

/** RFC 3339, Unix milliseconds; null: nothing is written there; undefined: something else is. */
export function parseTime(text: string): number | null | undefined {
  if (text === '') return null;
  const time = TIME.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}
