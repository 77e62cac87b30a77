import { type JsonValue, parseStrictJson } from '@nyxera/federation-protocol';
import { MAX_DOCUMENT_BYTES, MAX_REPORT_DEPTH } from '../limits.ts';
import { headOf } from '../source.ts';
import type { Fault, ReportSource } from '../types.ts';
import { malformedAt } from './read-records.ts';
import { withoutBom } from './utf8.ts';

/**
 * A report that is one value whose parts refer to each other, so that it has to be in memory as a whole. Strict JSON,
 * so that integers beyond 2^53 keep every digit.
 */
export function readJsonDocument(
  source: ReportSource,
): { ok: true; value: JsonValue } | { ok: false; fault: Fault } {
  const { bytes, whole } = headOf(source, MAX_DOCUMENT_BYTES);
  if (!whole) {
    const expected = `a document of at most ${MAX_DOCUMENT_BYTES / 1024 / 1024} MiB, for it has to be read as a whole; split it by runs; nothing was taken`;
    return {
      ok: false,
      fault: { code: 'report_too_large', where: `byte ${MAX_DOCUMENT_BYTES}`, expected },
    };
  }
  const body = withoutBom(bytes);
  const parsed = parseStrictJson(body, { maxDepth: MAX_REPORT_DEPTH });
  if (parsed.ok) return { ok: true, value: parsed.value };
  const offset = bytes.length - body.length + (parsed.offset ?? 0);
  return { ok: false, fault: malformedAt(source, offset, parsed.detail) };
}
