import { accept, type JsonValue, parseStrictJson, type Result, reject } from '@nyxera/federation-protocol';
import type { Dossier } from './dossier.ts';

export interface ParsedBody {
  readonly value: JsonValue;
  /** The bytes are the compat form of the value, so that parts of them need not be serialized again. */
  readonly compat: boolean;
}

/**
 * Step 7, first half: strict JSON, and byte-equal to one of its two canonical forms (PROTOCOL.md section 10),
 * so that two parsers can never read two things from what one signature covers.
 */
export function parseBody(dossier: Dossier, requireCanonicalJson: boolean): Result<ParsedBody> {
  const parsed = parseStrictJson(dossier.request.body);
  if (!parsed.ok) return parsed;
  if (requireCanonicalJson && !parsed.compat && !parsed.jcs) {
    return reject('non_canonical_json', 'the body is neither the compat nor the RFC 8785 form of itself');
  }
  return accept({ value: parsed.value, compat: parsed.compat });
}
