import { type JsonValue, parseStrictJson } from '@nyxera/federation-protocol';
import { MAX_FAULTS, MAX_LINE_BYTES, MAX_REPORT_DEPTH } from '../limits.ts';
import type { Fault } from '../types.ts';
import { firstInk, isBlank, lastInk, withoutBom } from './utf8.ts';

/** The last of the faults that a report may have says how many more there are. */
const MAX_LISTED = MAX_FAULTS - 1;

const LF = 0x0a;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;

/** One record of a JSON report, or the fault in its place. */
export type JsonRecordItem =
  | { readonly ok: true; readonly ordinal: number; readonly where: string; readonly value: JsonValue }
  | { readonly ok: false; readonly fault: Fault };

/** A whole document: strict JSON, so that integers beyond 2^53 keep every digit. */
export function readJsonDocument(
  bytes: Uint8Array,
): { ok: true; value: JsonValue } | { ok: false; fault: Fault } {
  const parsed = parseStrictJson(withoutBom(bytes), { maxDepth: MAX_REPORT_DEPTH });
  if (parsed.ok) {
    return { ok: true, value: parsed.value };
  }
  const skipped = bytes.length - withoutBom(bytes).length;
  return { ok: false, fault: positioned(bytes, skipped + (parsed.offset ?? 0), parsed.detail) };
}

/**
 * The records of a report that is one object, an array of objects or JSON lines. An array or a single object is
 * taken or refused as a whole; of JSON lines each stands for itself, and a bad one is one fault.
 */
export function readJsonRecords(bytes: Uint8Array): readonly JsonRecordItem[] {
  const body = withoutBom(bytes);
  if (isBlank(body)) {
    return [];
  }
  const whole = parseStrictJson(body, { maxDepth: MAX_REPORT_DEPTH });
  if (whole.ok) {
    return Array.isArray(whole.value)
      ? whole.value.map((value, ordinal) => ({ ok: true, ordinal, where: `[${ordinal}]`, value }))
      : [{ ok: true, ordinal: 0, where: 'line 1', value: whole.value }];
  }
  if (!looksLikeLines(body)) {
    const skipped = bytes.length - body.length;
    return [{ ok: false, fault: positioned(bytes, skipped + (whole.offset ?? 0), whole.detail) }];
  }
  return readLines(body);
}

/**
 * JSON lines have an object at the start of more than one line, or of the first and only one; a pretty-printed
 * document has one at most. So a damaged document is one fault, and not one for each of its lines.
 */
function looksLikeLines(body: Uint8Array): boolean {
  if (body[firstInk(body)] === OPEN_BRACKET) {
    return false;
  }
  let starting = 0;
  let lines = 0;
  for (let start = 0; start < body.length; ) {
    const end = lineEnd(body, start);
    if (!isBlank(body.subarray(start, Math.min(end, start + MAX_LINE_BYTES)))) {
      lines++;
    }
    if (body[start] === OPEN_BRACE && ++starting > 1) {
      return true;
    }
    start = end + 1;
  }
  return starting === 1 && lines === 1;
}

function readLines(body: Uint8Array): readonly JsonRecordItem[] {
  const items: JsonRecordItem[] = [];
  let faults = 0;
  let ordinal = 0;
  let number = 0;
  for (let start = 0; start < body.length; ) {
    const end = lineEnd(body, start);
    const line = body.subarray(start, end);
    start = end + 1;
    number++;
    if (isBlank(line)) {
      continue;
    }
    if (faults > MAX_LISTED && !looksLikeObject(line)) {
      // Its fault would not be listed: a file of garbage is counted, not parsed.
      faults++;
      ordinal++;
      continue;
    }
    const item = readLine(line, `line ${number}`, ordinal++);
    if (item.ok || ++faults <= MAX_LISTED) {
      items.push(item);
    }
  }
  if (faults > MAX_LISTED) {
    const more = `${faults - MAX_LISTED} more lines are not usable JSON`;
    items.push({
      ok: false,
      fault: { where: `line ${number}`, expected: `one JSON object a line; ${more}` },
    });
  }
  return items;
}

function readLine(line: Uint8Array, where: string, ordinal: number): JsonRecordItem {
  if (line.length > MAX_LINE_BYTES) {
    return { ok: false, fault: { where, expected: `a line of at most ${MAX_LINE_BYTES} bytes` } };
  }
  const parsed = parseStrictJson(line, { maxDepth: MAX_REPORT_DEPTH });
  return parsed.ok
    ? { ok: true, ordinal, where, value: parsed.value }
    : { ok: false, fault: { where, expected: `one JSON object; ${parsed.detail} of the line` } };
}

function looksLikeObject(line: Uint8Array): boolean {
  return line[firstInk(line)] === OPEN_BRACE && line[lastInk(line)] === CLOSE_BRACE;
}

function lineEnd(body: Uint8Array, start: number): number {
  const end = body.indexOf(LF, start);
  return end === -1 ? body.length : end;
}

/** Line and byte, because an editor wants the one and a hex dump the other. Both of the report as it was given. */
function positioned(bytes: Uint8Array, offset: number, detail: string): Fault {
  let line = 1;
  for (let at = bytes.indexOf(LF); at !== -1 && at < offset; at = bytes.indexOf(LF, at + 1)) {
    line++;
  }
  return {
    where: `line ${line}, byte ${offset}`,
    expected: `strict JSON: ${detail.replace(/ at byte [0-9]+$/, '')}; nothing was taken`,
  };
}
