/** An instant read from text. */
export interface ReadInstant {
  /** Unix milliseconds; a fraction is cut, a leap second is the first instant of the next minute. */
  readonly ms: number;
  /** The text had no offset, or was a count of seconds: it was read as UTC. */
  readonly assumed: boolean;
  /** The digits of the fraction beyond the millisecond, for those who must order two instants exactly. */
  readonly beyondMs: string;
}

const DATE_TIME =
  /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,24}))?(?:([Zz])|([+-])(\d{2}):(\d{2}))?$/;
const ALL_DIGITS = /^\d{1,12}$/;

/** RFC 3339, checked against the calendar: 30 February is no instant. Null for anything else. */
export function readRfc3339(text: string): number | null {
  const read = readInstant(text);
  return read === null || read.assumed ? null : read.ms;
}

/** Whether RFC 3339 text `a` is earlier than `b`, to the last digit; false if one of them is no instant. */
export function isEarlier(a: string, b: string): boolean {
  const [x, y] = [readInstant(a), readInstant(b)];
  // Trailing zeros are gone, so digit strings compare like the fractions that they are.
  return x !== null && y !== null && (x.ms !== y.ms ? x.ms < y.ms : x.beyondMs < y.beyondMs);
}

/** The text that was read last: an event's time is asked for by the schema, and again by whoever stores it. */
let lastText = '';
let lastRead: ReadInstant | null = null;

/** What `observed_at` takes (PROTOCOL.md section 7): RFC 3339, the same without offset, or Unix seconds in digits. */
export function readInstant(text: string): ReadInstant | null {
  if (text !== lastText) {
    lastRead = read(text);
    lastText = text;
  }
  return lastRead;
}

function read(text: string): ReadInstant | null {
  if (ALL_DIGITS.test(text)) {
    return { ms: Number(text) * 1000, assumed: true, beyondMs: '' };
  }
  const match = DATE_TIME.exec(text);
  if (match === null) {
    return null;
  }
  const year = Number(match[1]);
  const month = Number(match[2]);
  const day = Number(match[3]);
  const hour = Number(match[4]);
  const minute = Number(match[5]);
  const second = Number(match[6]);
  const offsetHours = Number(match[10] ?? 0);
  const offsetMinutes = Number(match[11] ?? 0);
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) {
    return null;
  }
  if (hour > 23 || minute > 59 || second > 60 || offsetHours > 23 || offsetMinutes > 59) {
    return null;
  }
  const offset = (match[9] === '-' ? -1 : 1) * (offsetHours * 60 + offsetMinutes);
  if (second === 60 && !isLastMinuteOfDay(hour * 60 + minute - offset)) {
    return null;
  }
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  const fraction = (match[7] ?? '').padEnd(3, '0');
  return {
    ms: date.getTime() + ((hour * 60 + minute - offset) * 60 + second) * 1000 + Number(fraction.slice(0, 3)),
    assumed: match[8] === undefined && match[9] === undefined,
    beyondMs: fraction.length === 3 ? '' : fraction.slice(3).replace(/0+$/, ''),
  };
}

/** Where RFC 3339 section 5.7 has room for a leap second: 23:59 UTC. Which days have one, nobody knows in advance. */
function isLastMinuteOfDay(utcMinutes: number): boolean {
  return (utcMinutes + 1440) % 1440 === 1439;
}

function daysIn(year: number, month: number): number {
  if (month === 2) {
    return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  }
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}
