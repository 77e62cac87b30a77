import { MAX_LINE_BYTES } from '../limits.ts';
import { headOf } from '../source.ts';
import type { ReportSource } from '../types.ts';
import { firstInk, isBlank } from './utf8.ts';

const LF = 0x0a;
const OPEN_BRACE = 0x7b;
const OPEN_BRACKET = 0x5b;

/** Mostly enough to tell the layout; bytes. */
const SMALL_HEAD = 256 * 1024;

export type JsonLayout =
  | { readonly kind: 'array' | 'lines'; readonly start: number }
  /** One object over many lines, or what is left of one. It is all here. */
  | { readonly kind: 'object'; readonly start: number; readonly bytes: Uint8Array }
  /** One object that goes on beyond what is taken of one. */
  | { readonly kind: 'too-large'; readonly start: number }
  | { readonly kind: 'blank'; readonly start: number };

/**
 * Is it an array, one object, or lines? JSON lines have an object at the start of more than one line, or of the first
 * and only one; a pretty-printed document has one at most. So a damaged document is one fault, and not one for each
 * of its lines.
 * @returns with `start`, the length of the byte order mark: 0 or 3
 */
export function layoutOf(source: ReportSource): JsonLayout {
  const small = headOf(source, SMALL_HEAD);
  return decide(small.bytes, small.whole) ?? decideFinally(source);
}

function decideFinally(source: ReportSource): JsonLayout {
  const head = headOf(source, MAX_LINE_BYTES);
  const decided = decide(head.bytes, head.whole);
  if (decided !== null) return decided;
  const start = bomLength(head.bytes);
  const body = head.bytes.subarray(start);
  // Without a line feed it is a line that is too long; the others may be good.
  const isLines = firstInk(body) === -1 || body.indexOf(LF) === -1 || startingLines(body).objects > 1;
  return { kind: isLines ? 'lines' : 'too-large', start };
}

function decide(bytes: Uint8Array, whole: boolean): JsonLayout | null {
  const start = bomLength(bytes);
  const body = bytes.subarray(start);
  const first = firstInk(body);
  if (first === -1) return whole ? { kind: 'blank', start } : null;
  if (body[first] === OPEN_BRACKET) return { kind: 'array', start };
  if (body[first] !== OPEN_BRACE || closesWithinItsLine(body, first)) return { kind: 'lines', start };
  if (!whole) return null;
  const { objects, lines } = startingLines(body);
  return objects > 1 || (objects === 1 && lines === 1)
    ? { kind: 'lines', start }
    : { kind: 'object', start, bytes: body };
}

function bomLength(bytes: Uint8Array): number {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
}

/** The object that begins at `start` ends before the line does. */
function closesWithinItsLine(body: Uint8Array, start: number): boolean {
  let depth = 0;
  let inString = false;
  for (let at = start; at < body.length; at++) {
    const byte = body[at];
    if (byte === LF) return false;
    if (inString) {
      if (byte === 0x5c) at++;
      else if (byte === 0x22) inString = false;
    } else if (byte === 0x22) inString = true;
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth++;
    else if ((byte === 0x7d || byte === 0x5d) && --depth === 0) return true;
  }
  return false;
}

function startingLines(body: Uint8Array): { objects: number; lines: number } {
  let objects = 0;
  let lines = 0;
  for (let start = 0; start < body.length && objects < 2; ) {
    const found = body.indexOf(LF, start);
    const end = found === -1 ? body.length : found;
    if (!isBlank(body.subarray(start, end))) lines++;
    if (body[start] === OPEN_BRACE) objects++;
    start = end + 1;
  }
  return { objects, lines };
}
