import { findInvalidUtf8 } from './invalid-utf8.ts';
import type { JsonLimits } from './json-limits.ts';
import { Refusal } from './json-refusal.ts';
import { JsonScanner } from './json-scanner.ts';
import type { JsonValue } from './json-value.ts';
import type { Rejection } from './result.ts';

export {
  double,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  NumberLexeme,
  numberOf,
} from './json-value.ts';

export const DEFAULT_JSON_LIMITS: JsonLimits = { maxDepth: 64, maxIntegerDigits: 400 };

export interface ParsedJson {
  readonly ok: true;
  readonly value: JsonValue;
  /** The bytes are the compat form of the value. */
  readonly compat: boolean;
  /** The bytes are the RFC 8785 form of the value. */
  readonly jcs: boolean;
}

/** Greatest depth that a caller can ask for: the scanner recurses. */
const DEEPEST = 1000;

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Bytes to value, in one pass, refusing whatever two parsers could read differently (PROTOCOL.md section 5):
 * UTF-8 without BOM, no lone surrogates, no duplicate member names, no NaN, Infinity or overflow, bounded depth
 * and integer size, nothing after the value. Never throws, whatever the bytes.
 *
 * While scanning it also finds out whether the bytes are already canonical, so that the gateway need not
 * serialize what it received. Integer tokens within 2^53 become numbers (`-0` is 0), every other number a
 * `NumberLexeme`. Members keep their source order, except that names which look like array indices come first,
 * as in every JS object; nothing may depend on that order.
 */
export function parseStrictJson(bytes: Uint8Array, limits: Partial<JsonLimits> = {}): ParsedJson | Rejection {
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch {
    return refused('not valid UTF-8', findInvalidUtf8(bytes));
  }
  const scanner = new JsonScanner(bytes, text, {
    // A limit that is undefined is the default, not none; and the stack is bounded whatever the caller says.
    maxDepth: Math.min(limits.maxDepth ?? DEFAULT_JSON_LIMITS.maxDepth, DEEPEST),
    maxIntegerDigits: limits.maxIntegerDigits ?? DEFAULT_JSON_LIMITS.maxIntegerDigits,
  });
  try {
    const value = scanner.document();
    return { ok: true, value, compat: scanner.compat, jcs: scanner.jcs };
  } catch (thrown) {
    if (thrown instanceof Refusal) {
      return refused(thrown.detail, thrown.offset);
    }
    throw thrown;
  }
}

function refused(detail: string, offset: number): Rejection {
  return { ok: false, code: 'invalid_json', detail: `${detail} at byte ${offset}`, offset };
}
