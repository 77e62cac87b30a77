import { hasCodePoints } from './code-points.ts';
import { HEX_64, MAX_TIMESTAMP, NONCE } from './header-forms.ts';
import { isJsonObject, type JsonObject, type JsonValue } from './json-value.ts';
import { readInstant } from './rfc3339.ts';

/** The rules of PROTOCOL.md section 7, each said once: the schemas are built of them, and so is the check below. */
export const EVENT_ID = /^[A-Za-z0-9._:-]{1,128}$/;
export const EVENT_TYPE = /^[A-Za-z0-9._:-]{1,64}$/;
export const TENANT_ID = /^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$/;
export const SEVERITY =
  /^\s*(?:[Ii][Nn][Ff][Oo]|[Ll][Oo][Ww]|[Mm][Ee][Dd][Ii][Uu][Mm]|[Hh][Ii][Gg][Hh]|[Cc][Rr][Ii][Tt][Ii][Cc][Aa][Ll])\s*$/;
export const TECHNIQUE = /^\s*[Tt][0-9]{4}(?:\.[0-9]{3})?\s*$/;
export const TACTIC = /^\s*[Tt][Aa][0-9]{4}\s*$/;
export const MAX_TECHNIQUES = 32;
export const MAX_TACTICS = 32;
export const MAX_DESCRIPTION = 2048;
export const MAX_SCOPE_NAME = 128;

/** Text of min..max code points without U+0000: no database column and no log line holds it. */
export function isText(value: string, min: number, max: number): boolean {
  return hasCodePoints(value, min, max) && !value.includes('\u0000');
}

/**
 * Whether an envelope is certainly valid, found out without building anything: what every event of an honest agent is.
 * False says nothing; the schema is asked then, and names the fault. That true implies the schema's yes is a property
 * test.
 */
export function isPlainEnvelope(value: JsonObject): boolean {
  const { signed_metadata: metadata, timestamp } = value;
  return (
    isScopeName(value.operator_id) &&
    isScopeName(value.campaign_id) &&
    matches(value.tenant_id, TENANT_ID) &&
    matches(value.execution_hash, HEX_64) &&
    typeof timestamp === 'number' &&
    Number.isSafeInteger(timestamp) &&
    timestamp >= 0 &&
    timestamp <= MAX_TIMESTAMP &&
    matches(value.nonce, NONCE) &&
    isJsonObject(metadata) &&
    typeof metadata.tenant_id === 'string' &&
    typeof metadata.operator_id === 'string' &&
    typeof metadata.campaign_id === 'string' &&
    hasMembers(metadata, 3) &&
    isPlainPayload(value.payload) &&
    hasMembers(value, 8)
  );
}

/** The same of an item of a batch. */
export function isPlainItem(value: JsonObject): boolean {
  return matches(value.execution_hash, HEX_64) && isPlainPayload(value.payload) && hasMembers(value, 2);
}

function isPlainPayload(value: JsonValue | undefined): boolean {
  if (!isJsonObject(value)) return false;
  const { description, mitre_tactics: tactics, attributes } = value;
  return (
    matches(value.event_id, EVENT_ID) &&
    matches(value.event_type, EVENT_TYPE) &&
    matches(value.source_system, EVENT_TYPE) &&
    matches(value.severity, SEVERITY) &&
    typeof value.observed_at === 'string' &&
    readInstant(value.observed_at) !== null &&
    areAll(value.mitre_techniques, TECHNIQUE, 1, MAX_TECHNIQUES) &&
    (tactics === undefined || areAll(tactics, TACTIC, 0, MAX_TACTICS)) &&
    (description === undefined ||
      (typeof description === 'string' && hasCodePoints(description, 0, MAX_DESCRIPTION))) &&
    isJsonObject(attributes) &&
    hasMembers(value, 7 + (tactics === undefined ? 0 : 1) + (description === undefined ? 0 : 1))
  );
}

/** Those that were looked at are there, so that an equal count means that there is no other. */
function hasMembers(value: JsonObject, count: number): boolean {
  return Object.keys(value).length === count;
}

function isScopeName(value: JsonValue | undefined): boolean {
  return typeof value === 'string' && isText(value, 1, MAX_SCOPE_NAME);
}

function matches(value: JsonValue | undefined, form: RegExp): boolean {
  return typeof value === 'string' && form.test(value);
}

function areAll(values: JsonValue | undefined, form: RegExp, min: number, max: number): boolean {
  if (!Array.isArray(values) || values.length < min || values.length > max) return false;
  // By index: `every` passes over a hole.
  for (let i = 0; i < values.length; i += 1) {
    if (!matches(values[i], form)) return false;
  }
  return true;
}
