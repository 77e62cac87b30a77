import { MAX_LINE_BYTES } from '../limits.ts';
import { Begun } from './split-lines.ts';
import { isBlank } from './utf8.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

export type ArrayPart =
  /** Valid until the next part is asked for. @property offset of its first byte, from the start of the pieces. */
  | { readonly ok: true; readonly bytes: Uint8Array; readonly offset: number }
  | { readonly ok: false; readonly offset: number; readonly tooLarge: boolean; readonly expected: string };

/**
 * The elements of a JSON array, with one of them in memory at most. It only finds where they end; whether each is
 * strict JSON is for the parser to say. An array whose elements all are is strict JSON itself: between elements there
 * are commas, and nothing but white space before and after. Ends with the first thing that is wrong.
 */
export function* splitArray(chunks: Iterable<Uint8Array>): Generator<ArrayPart> {
  const begun = new Begun(MAX_LINE_BYTES);
  let state: 'before' | 'within' | 'after' = 'before';
  let first = true;
  let depth = 0;
  let inString = false;
  let escaped = false;
  let base = 0;
  let elementAt = 0;
  for (const chunk of chunks) {
    let start = 0;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at] ?? 0;
      if (state !== 'within') {
        if (isSpace(byte)) continue;
        if (state === 'after' || byte !== OPEN_BRACKET) {
          return yield refused(base + at, state === 'after' ? 'nothing after the array' : 'an array');
        }
        state = 'within';
        start = at + 1;
        elementAt = base + start;
      } else if (inString) {
        if (escaped) escaped = false;
        else if (byte === BACKSLASH) escaped = true;
        else if (byte === QUOTE) inString = false;
      } else if (byte === QUOTE) {
        inString = true;
      } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
        depth++;
      } else if ((byte === CLOSE_BRACE || byte === CLOSE_BRACKET) && depth > 0) {
        depth--;
      } else if (depth === 0 && (byte === COMMA || byte === CLOSE_BRACKET)) {
        const bytes = begun.finish(chunk.subarray(start, at));
        if (bytes === null) return yield tooLarge(elementAt);
        if (byte === COMMA || !first || !isBlank(bytes)) yield { ok: true, bytes, offset: elementAt };
        first = false;
        start = at + 1;
        elementAt = base + start;
        if (byte === CLOSE_BRACKET) state = 'after';
      }
    }
    base += chunk.length;
    if (state !== 'within') continue;
    begun.add(chunk.subarray(start));
    if (begun.isTooLong) return yield tooLarge(elementAt);
  }
  if (state !== 'after') yield refused(base, 'the end of the array; it is cut off');
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d;
}

function refused(offset: number, expected: string): ArrayPart {
  return { ok: false, offset, tooLarge: false, expected };
}

function tooLarge(offset: number): ArrayPart {
  return { ok: false, offset, tooLarge: true, expected: `an element of at most ${MAX_LINE_BYTES} bytes` };
}
