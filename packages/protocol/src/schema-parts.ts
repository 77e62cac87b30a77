import { z } from 'zod';
import { decodeSignature } from './base64.ts';
import { hasCodePoints } from './code-points.ts';
import { HEX_64, MAX_TIMESTAMP, NONCE } from './header-forms.ts';
import { isJsonObject, type JsonObject, type JsonValue, numberOf } from './json-value.ts';
import { isText, TENANT_ID } from './plain-telemetry.ts';

/**
 * Building blocks of the schemas of PROTOCOL.md sections 7 to 9. Every rule is strict: no coercion, no trimming, no
 * defaults unless the section names one. `meta` repeats the rule for the exported JSON Schemas where zod cannot
 * derive it, because zod counts UTF-16 units and the protocol counts code points.
 */

/** Any text of min..max code points. U+0000 is refused: no database column and no log line holds it. */
export function text(min: number, max: number) {
  return z
    .string()
    .refine((value) => isText(value, min, max))
    .meta({ minLength: min, maxLength: max, pattern: '^[^\\u0000]*$' });
}

/** Free text: nothing is refused but its length. */
export function freeText(max: number) {
  return z
    .string()
    .refine((value) => hasCodePoints(value, 0, max))
    .meta({ maxLength: max });
}

/** The regular expression must be anchored, linear and without flags: JSON Schema has none. */
export function matching(form: RegExp) {
  return z
    .string()
    .refine((value) => form.test(value))
    .meta({ pattern: form.source });
}

export const hex64 = () => matching(HEX_64);
export const nonce = () => matching(NONCE);

/** 8-4-4-4-12 hex of any version and case: looked up lower-cased, carried verbatim. */
export const tenantId = () => matching(TENANT_ID);

/** An integer token; `5.0` and `5e0` are doubles and refused. */
export function integer(min: number, max: number = Number.MAX_SAFE_INTEGER) {
  return z.int().min(min).max(max);
}

/** Unix seconds within what the timestamp header can carry. */
export const timestamp = () => integer(0, MAX_TIMESTAMP);

/** A number of either kind of token, within the range; kept as it was written. */
export function numberBetween(min: number, max: number) {
  return z
    .custom<JsonValue>((value) => {
      const number = numberOf(value as JsonValue);
      return number !== null && number >= min && number <= max;
    })
    .meta({ type: 'number', minimum: min, maximum: max });
}

/** An object whose members are the sender's own business. */
export function freeObject() {
  return z.custom<JsonObject>((value) => isJsonObject(value as JsonValue)).meta({ type: 'object' });
}

/** A value of which nothing is demanded here. */
export const anything = () => z.custom<JsonValue>(() => true);

/** Strict padded base64 of 64 bytes. */
export const signature = () =>
  z
    .string()
    .refine((value) => decodeSignature(value) !== null)
    .meta({ pattern: '^[A-Za-z0-9+/]{85}[AQgw]==$' });
