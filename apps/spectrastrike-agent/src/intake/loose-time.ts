import { type JsonValue, NumberLexeme } from '@nyxera/federation-protocol';
import { isRfc3339, isZeroTime } from './time.ts';

/** A time as RFC 3339 asks for it, and what had to be assumed to make it so. */
export interface ReadTime {
  readonly at: string;
  /** Attributes of the event: `time_zone_assumed`, `time_unit_assumed`. Empty where nothing was. */
  readonly assumed: Readonly<Record<string, string>>;
}

export type TimeUnit = 'seconds' | 'milliseconds' | 'microseconds' | 'nanoseconds';

/** Decimal digits of a second's fraction. */
const FRACTION_DIGITS: Readonly<Record<TimeUnit, number>> = {
  seconds: 0,
  milliseconds: 3,
  microseconds: 6,
  nanoseconds: 9,
};

/** 9999-12-31T23:59:59Z, the last second that RFC 3339 can write. */
const LAST_SECOND = 253_402_300_799n;

const NUMBER = /^([0-9]{1,20})(?:\.([0-9]{1,9}))?$/;

const LOCAL = /^([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}:[0-9]{2}:[0-9]{2})(?:[.,]([0-9]{1,32}))?$/;

const WITHOUT_COLON = /^(.{19,52})([+-][0-9]{2})([0-9]{2})$/;

/** Text of a number as it was written; null for what is none. */
export function numberText(value: JsonValue | undefined): string | null {
  if (value instanceof NumberLexeme) return value.lexeme;
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && NUMBER.test(value) ? value : null;
}

/**
 * A count since 1970 in UTC, every digit kept. Without a unit its size decides: up to 10^11 seconds (year 5138), up to
 * 10^14 milliseconds, up to 10^17 microseconds, else nanoseconds; so a millisecond count before 1973-03-03 is misread,
 * and that it was assumed is said.
 */
export function timeOfNumber(text: string, unit: TimeUnit | null): ReadTime | null {
  const match = NUMBER.exec(text);
  if (match === null) return null;
  const [, digits = '', fraction = ''] = match;
  const count = BigInt(digits);
  const used = unit ?? unitBySize(count);
  const scale = FRACTION_DIGITS[used];
  const seconds = count / 10n ** BigInt(scale);
  if (seconds === 0n || seconds > LAST_SECOND) return null;
  const part = scale === 0 ? '' : digits.padStart(scale + 1, '0').slice(-scale);
  const tail = `${part}${fraction}`;
  const at = `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19)}${tail === '' ? '' : `.${tail}`}Z`;
  return { at, assumed: unit === null ? { time_unit_assumed: used } : {} };
}

function unitBySize(count: bigint): TimeUnit {
  if (count < 100_000_000_000n) return 'seconds';
  if (count < 100_000_000_000_000n) return 'milliseconds';
  return count < 100_000_000_000_000_000n ? 'microseconds' : 'nanoseconds';
}

/**
 * A date-time without offset, taken in the given zone.
 * @param offset "Z" or "+hh:mm"
 */
export function timeInZone(text: string, offset: string): string | null {
  const match = LOCAL.exec(text.trim());
  if (match === null) return null;
  const [, date = '', time = '', fraction] = match;
  const at = `${date}T${time}${fraction === undefined ? '' : `.${fraction}`}${offset}`;
  return isRfc3339(at) && !isZeroTime(at) ? at : null;
}

/** With an offset, also one without colon (`-0600`) and with a blank for the T; null for anything else. */
export function timeWithOffset(text: string): string | null {
  const trimmed = text.trim();
  const whole = WITHOUT_COLON.exec(trimmed);
  const colon = whole === null ? trimmed : `${whole[1]}${whole[2]}:${whole[3]}`;
  const at = colon.replace(/^([0-9]{4}-[0-9]{2}-[0-9]{2}) /, '$1T');
  return isRfc3339(at) && !isZeroTime(at) ? at : null;
}

/** Whatever tools write: with an offset, without one (taken as UTC, and said), or a number by its size. */
export function looseTime(value: JsonValue | undefined): ReadTime | null {
  if (typeof value === 'string') {
    const stated = timeWithOffset(value);
    if (stated !== null) return { at: stated, assumed: {} };
    const local = timeInZone(value, 'Z');
    if (local !== null) return { at: local, assumed: { time_zone_assumed: 'UTC' } };
  }
  const number = numberText(value);
  return number === null ? null : timeOfNumber(number, null);
}
