/**
 * Where values stand in bytes that are known to be strict JSON without white space: a parse that said `compat` or
 * `jcs` has vouched for that. Nothing is decoded and nothing is built, so that what was received can be hashed as it
 * stands. On other bytes the answers mean nothing, but every function ends, and reads nothing beyond the end.
 */
export const NOWHERE = -1;

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** Where the value of the member `name` of the object at `at` begins; NOWHERE if it has none, or is no object. */
export function memberValue(bytes: Uint8Array, at: number, name: string): number {
  for (let quote = firstMember(bytes, at); quote !== NOWHERE; ) {
    const value = valueOfMember(bytes, quote);
    if (isNamed(bytes, quote, value, name)) return value;
    quote = nextMember(bytes, endOfValue(bytes, value));
  }
  return NOWHERE;
}

/** The opening quote of the first member's name; NOWHERE where there is none. */
export function firstMember(bytes: Uint8Array, at: number): number {
  return bytes[at] === OPEN_OBJECT && bytes[at + 1] === QUOTE ? at + 1 : NOWHERE;
}

/** The opening quote of the next name, where the value before it has ended at `end`. */
export function nextMember(bytes: Uint8Array, end: number): number {
  return bytes[end] === COMMA && bytes[end + 1] === QUOTE ? end + 1 : NOWHERE;
}

/** Where the value of the member begins whose name opens at `quote`: behind the closing quote and the colon. */
export function valueOfMember(bytes: Uint8Array, quote: number): number {
  return endOfString(bytes, quote) + 1;
}

/** Whether the member that opens at `quote`, with its value at `value`, has this name (printable ASCII, no escapes). */
export function isNamed(bytes: Uint8Array, quote: number, value: number, name: string): boolean {
  if (value - quote - 3 !== name.length) return false;
  for (let i = 0; i < name.length; i += 1) {
    if (bytes[quote + 1 + i] !== name.charCodeAt(i)) return false;
  }
  return true;
}

/** Where each element of the array at `at` begins, in order. */
export function elementValues(bytes: Uint8Array, at: number): number[] {
  const starts: number[] = [];
  if (bytes[at] !== OPEN_ARRAY || bytes[at + 1] === CLOSE_ARRAY) return starts;
  for (let start = at + 1; start < bytes.length; ) {
    starts.push(start);
    const end = endOfValue(bytes, start);
    if (bytes[end] !== COMMA) break;
    start = end + 1;
  }
  return starts;
}

/** Offset behind the value that begins at `at`. */
export function endOfValue(bytes: Uint8Array, at: number): number {
  const first = bytes[at];
  if (first === QUOTE) return endOfString(bytes, at);
  if (first !== OPEN_OBJECT && first !== OPEN_ARRAY) return endOfWord(bytes, at);
  let depth = 0;
  let i = at;
  while (i < bytes.length) {
    const byte = bytes[i];
    if (byte === QUOTE) {
      i = endOfString(bytes, i);
      continue;
    }
    i += 1;
    if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) depth += 1;
    else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
      depth -= 1;
      if (depth === 0) return i;
    }
  }
  return bytes.length;
}

/** A number, `true`, `false` or `null`: up to what ends it. At least one byte, so that every walk ends. */
function endOfWord(bytes: Uint8Array, at: number): number {
  let i = at + 1;
  while (i < bytes.length) {
    const byte = bytes[i];
    if (byte === COMMA || byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) break;
    i += 1;
  }
  return Math.min(i, bytes.length);
}

/** Offset behind the closing quote of the string whose opening quote is at `at`. */
function endOfString(bytes: Uint8Array, at: number): number {
  let i = at + 1;
  while (i < bytes.length) {
    const byte = bytes[i];
    if (byte === QUOTE) return i + 1;
    i += byte === BACKSLASH ? 2 : 1;
  }
  return bytes.length;
}
