import { z } from 'zod';
import { checkSchema } from './check-schema.ts';
import { hasCodePoints } from './code-points.ts';
import { HEX_64 } from './header-forms.ts';
import { isJsonObject, type JsonObject, type JsonValue } from './json-value.ts';
import {
  EVENT_ID,
  EVENT_TYPE,
  isPlainEnvelope,
  MAX_DESCRIPTION,
  MAX_SCOPE_NAME,
  MAX_TACTICS,
  MAX_TECHNIQUES,
  SEVERITY,
  TACTIC,
  TECHNIQUE,
} from './plain-telemetry.ts';
import { accept, type Result, reject } from './result.ts';
import { readInstant } from './rfc3339.ts';
import { freeObject, freeText, hex64, matching, nonce, tenantId, text, timestamp } from './schema-parts.ts';

/** `payload` of PROTOCOL.md section 7, as it travels: nothing is trimmed or re-cased here. */
export const telemetryPayloadSchema = z.strictObject({
  event_id: matching(EVENT_ID),
  event_type: matching(EVENT_TYPE),
  source_system: matching(EVENT_TYPE),
  severity: matching(SEVERITY),
  observed_at: z
    .string()
    .refine((value) => readInstant(value) !== null)
    .meta({ description: 'RFC 3339; a date-time without offset or Unix seconds in digits are read as UTC' }),
  mitre_techniques: z.array(matching(TECHNIQUE)).min(1).max(MAX_TECHNIQUES),
  mitre_tactics: z.array(matching(TACTIC)).max(MAX_TACTICS).exactOptional(),
  description: freeText(MAX_DESCRIPTION).exactOptional(),
  attributes: freeObject().meta({
    type: 'object',
    required: ['attestation_measurement_hash'],
    properties: { attestation_measurement_hash: { type: 'string', pattern: HEX_64.source } },
  }),
});

/** Body of `POST /internal/v1/telemetry`. */
export const telemetryEnvelopeSchema = z.strictObject({
  operator_id: text(1, MAX_SCOPE_NAME),
  campaign_id: text(1, MAX_SCOPE_NAME),
  tenant_id: tenantId(),
  execution_hash: hex64(),
  timestamp: timestamp(),
  nonce: nonce(),
  signed_metadata: z.strictObject({
    tenant_id: z.string(),
    operator_id: z.string(),
    campaign_id: z.string(),
  }),
  payload: telemetryPayloadSchema,
});

export type TelemetryPayload = z.infer<typeof telemetryPayloadSchema>;
export type TelemetryEnvelope = z.infer<typeof telemetryEnvelopeSchema>;

/** `schema_invalid` with the path. What comes back is the very value that was given, verbatim. */
export function parseTelemetryEnvelope(value: JsonValue): Result<TelemetryEnvelope> {
  if (!isJsonObject(value) || !isPlainEnvelope(value)) {
    const checked = checkSchema(telemetryEnvelopeSchema, value);
    if (!checked.ok) return checked;
  }
  const envelope = value as unknown as TelemetryEnvelope;
  const attested = checkAttestation(envelope.payload.attributes);
  return attested.ok ? { ok: true, value: envelope } : attested;
}

/** The attributes are the sender's own, but for this one; zod leaves them alone, so that they stay as received. */
export function checkAttestation(attributes: JsonObject): Result<string> {
  const hash = attributes.attestation_measurement_hash;
  if (typeof hash === 'string' && HEX_64.test(hash)) {
    return accept(hash);
  }
  return reject(
    'schema_invalid',
    'the attributes must hold a hash of 64 hex digits',
    '/payload/attributes/attestation_measurement_hash',
  );
}

export type Severity = 'info' | 'low' | 'medium' | 'high' | 'critical';

/** What a payload means once trimming and case are out of the way; the evidence keeps the original. */
export interface NormalisedPayload {
  readonly severity: Severity;
  readonly techniques: readonly string[];
  readonly tactics: readonly string[];
  readonly observedAt: { readonly text: string; readonly ms: number; readonly assumed: boolean };
  readonly assetRef: string | null;
  readonly targetUrn: string | null;
  /** Lower case. */
  readonly attestationMeasurementHash: string;
  readonly attestationSynthetic: boolean;
  readonly schemaVersion: string | null;
  readonly intentId: string | null;
}

/** Of a payload that has passed the schema. Attributes of another type than a string count as absent. */
export function normalisePayload(payload: TelemetryPayload): NormalisedPayload {
  const { attributes } = payload;
  const { ms, assumed } = readInstant(payload.observed_at) ?? { ms: 0, assumed: true };
  return {
    severity: payload.severity.trim().toLowerCase() as Severity,
    techniques: payload.mitre_techniques.map((technique) => technique.trim().toUpperCase()),
    tactics: (payload.mitre_tactics ?? []).map((tactic) => tactic.trim().toUpperCase()),
    observedAt: { text: payload.observed_at, ms, assumed },
    assetRef: attributeText(attributes, 'asset_ref', MAX_TARGET),
    targetUrn: attributeText(attributes, 'target_urn', MAX_TARGET),
    attestationMeasurementHash: String(attributes.attestation_measurement_hash).toLowerCase(),
    attestationSynthetic: attributes.attestation_synthetic === true,
    schemaVersion: attributeText(attributes, 'schema_version', MAX_NAME),
    intentId: attributeText(attributes, 'intent_id', MAX_NAME),
  };
}

/** Step 11 of PROTOCOL.md section 5. Compared exactly. */
export function checkSchemaVersion(attributes: JsonObject, allowed: readonly string[]): Result<string> {
  const path = '/payload/attributes/schema_version';
  const version = attributeText(attributes, 'schema_version', MAX_NAME);
  if (version === null) {
    return reject('schema_version_missing', 'the attributes name no schema version', path);
  }
  if (!allowed.includes(version)) {
    return reject('schema_version_unsupported', 'the schema version is not allowed here', path);
  }
  return { ok: true, value: version };
}

/** Code points of a target or an asset, as in contract v2 and in an adjustment. */
const MAX_TARGET = 512;
/** Code points of a version or an intent id. */
const MAX_NAME = 128;

/**
 * A string attribute that is not blank; null otherwise. Attributes are free, so this is where a megabyte or a U+0000,
 * which no index and no column takes, ends up as absent; the evidence keeps it.
 */
function attributeText(attributes: JsonObject, name: string, max: number): string | null {
  const value = attributes[name];
  if (typeof value !== 'string' || value.trim() === '') {
    return null;
  }
  return hasCodePoints(value, 1, max) && !value.includes('\u0000') ? value : null;
}
