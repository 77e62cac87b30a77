import { type JsonValue, parseStrictJson } from '@nyxera/federation-protocol';
import { MAX_FAULTS, MAX_LINE_BYTES, MAX_REPORT_DEPTH } from '../limits.ts';
import { skipBytes } from '../source.ts';
import type { Fault, ReportSource } from '../types.ts';
import { type JsonLayout, layoutOf } from './json-layout.ts';
import { splitArray } from './split-array.ts';
import { type Line, splitLines } from './split-lines.ts';
import { firstInk, isBlank, lastInk } from './utf8.ts';

const LF = 0x0a;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** One record of a JSON report, or the fault in its place. */
export type JsonRecordItem =
  | {
      readonly ok: true;
      readonly ordinal: number;
      readonly where: string;
      /** The line it stands in, from 1; null in an array or a single object. */
      readonly line: number | null;
      readonly value: JsonValue;
    }
  | { readonly ok: false; readonly fault: Fault; readonly fatal?: true };

/**
 * The records of a report that is one object, an array or JSON lines, one at a time. An array or a single object is
 * refused as a whole: the fault is fatal, and the last item. Of JSON lines each stands for itself, and a bad one is
 * one fault.
 */
export class JsonRecords implements Iterable<JsonRecordItem> {
  readonly #source: ReportSource;
  readonly #layout: JsonLayout;

  constructor(source: ReportSource) {
    this.#source = source;
    this.#layout = layoutOf(source);
  }

  /** Whether a record may be taken before the rest was looked at. */
  get standAlone(): boolean {
    return this.#layout.kind === 'lines' || this.#layout.kind === 'blank';
  }

  *[Symbol.iterator](): Generator<JsonRecordItem> {
    const layout = this.#layout;
    switch (layout.kind) {
      case 'blank':
        return;
      case 'lines':
        yield* readLines(skipBytes(this.#source.chunks(), layout.start));
        return;
      case 'array':
        yield* readArray(this.#source, layout.start);
        return;
      case 'object':
        yield readObject(this.#source, layout.bytes, layout.start);
        return;
      case 'too-large':
        yield refuse({
          code: 'record_too_large',
          where: 'line 1',
          expected: `a JSON object of at most ${MAX_LINE_BYTES} bytes; nothing was taken`,
        });
    }
  }
}

function refuse(fault: Fault): JsonRecordItem {
  return { ok: false, fault, fatal: true };
}

function readObject(source: ReportSource, bytes: Uint8Array, start: number): JsonRecordItem {
  const parsed = parseStrictJson(bytes, { maxDepth: MAX_REPORT_DEPTH });
  return parsed.ok
    ? { ok: true, ordinal: 0, where: 'line 1', line: null, value: parsed.value }
    : refuse(malformedAt(source, start + (parsed.offset ?? 0), parsed.detail));
}

function* readArray(source: ReportSource, start: number): Generator<JsonRecordItem> {
  let ordinal = 0;
  for (const part of splitArray(skipBytes(source.chunks(), start))) {
    if (!part.ok) {
      const fault = malformedAt(source, start + part.offset, part.expected);
      yield refuse(part.tooLarge ? { ...fault, code: 'record_too_large' } : fault);
      return;
    }
    const parsed = parseStrictJson(part.bytes, { maxDepth: MAX_REPORT_DEPTH - 1 });
    if (!parsed.ok) {
      yield refuse(malformedAt(source, start + part.offset + (parsed.offset ?? 0), parsed.detail));
      return;
    }
    yield { ok: true, ordinal, where: `[${ordinal}]`, line: null, value: parsed.value };
    ordinal += 1;
  }
}

function* readLines(chunks: Iterable<Uint8Array>): Generator<JsonRecordItem> {
  let faults = 0;
  let ordinal = 0;
  for (const { number, bytes } of splitLines(chunks)) {
    if (bytes !== null && isBlank(bytes)) continue;
    // Beyond the faults that are listed, a file of garbage is counted, not parsed.
    const isCounted = faults > MAX_FAULTS && bytes !== null && !looksLikeObject(bytes);
    const item = isCounted ? UNLISTED : readLine({ number, bytes }, ordinal);
    ordinal += 1;
    if (!item.ok) faults += 1;
    yield item;
  }
}

const UNLISTED: JsonRecordItem = {
  ok: false,
  fault: { code: 'record_malformed', where: 'a line', expected: 'one JSON object' },
};

function readLine({ number, bytes }: Line, ordinal: number): JsonRecordItem {
  const where = `line ${number}`;
  if (bytes === null) {
    const expected = `a line of at most ${MAX_LINE_BYTES} bytes`;
    return { ok: false, fault: { code: 'record_too_large', where, expected } };
  }
  const parsed = parseStrictJson(bytes, { maxDepth: MAX_REPORT_DEPTH });
  if (parsed.ok) return { ok: true, ordinal, where, line: number, value: parsed.value };
  const expected = `one JSON object; ${parsed.detail} of the line`;
  return { ok: false, fault: { code: 'record_malformed', where, expected } };
}

function looksLikeObject(line: Uint8Array): boolean {
  return line[firstInk(line)] === OPEN_BRACE && line[lastInk(line)] === CLOSE_BRACE;
}

/** Line and byte, because an editor wants the one and a hex dump the other. Both of the report as it was given. */
export function malformedAt(source: ReportSource, offset: number, detail: string): Fault {
  return {
    code: 'report_malformed',
    where: `line ${lineOf(source, offset)}, byte ${offset}`,
    expected: `strict JSON: ${detail.replace(/ at byte [0-9]+$/, '')}; nothing was taken`,
  };
}

function lineOf(source: ReportSource, offset: number): number {
  let line = 1;
  let base = 0;
  for (const chunk of source.chunks()) {
    for (let at = chunk.indexOf(LF); at !== -1 && base + at < offset; at = chunk.indexOf(LF, at + 1)) line++;
    base += chunk.length;
    if (base >= offset) break;
  }
  return line;
}
