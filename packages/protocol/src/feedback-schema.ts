import { z } from 'zod';
import { checkSchema } from './check-schema.ts';
import { LOWER_HEX_64 } from './header-forms.ts';
import { double, type JsonObject, type JsonValue, numberOf } from './json-value.ts';
import { accept, type Result } from './result.ts';
import { integer, matching, nonce, numberBetween, tenantId, text, timestamp } from './schema-parts.ts';

export const ADJUSTMENT_SCHEMA_VERSION = 'feedback.adjustment.v1';
export const FEEDBACK_SCHEMA_VERSION = 'feedback.response.v1';
export const FEEDBACK_SIGNATURE_ALGORITHM = 'Ed25519';
export const DEFAULT_FEEDBACK_LIMIT = 100;

/** Body of `POST /internal/v1/cognitive/feedback/adjustments/query` (PROTOCOL.md section 8). */
export const feedbackQuerySchema = z.strictObject({
  operator_id: text(1, 128),
  tenant_id: tenantId(),
  timestamp: timestamp(),
  nonce: nonce(),
  limit: integer(1, 1000).default(DEFAULT_FEEDBACK_LIMIT),
});

export type FeedbackQuery = z.infer<typeof feedbackQuerySchema>;

/** `schema_invalid` with the path. An absent limit is 100. */
export function parseFeedbackQuery(value: JsonValue): Result<FeedbackQuery> {
  return checkSchema(feedbackQuerySchema, value);
}

/** Exactly the eleven members of an adjustment, as they travel. */
export const adjustmentSchema = z.strictObject({
  tenant_id: tenantId(),
  execution_fingerprint: matching(LOWER_HEX_64),
  target_urn: text(1, 512),
  action: text(1, 32),
  confidence: numberBetween(0, 1),
  rationale: text(1, 2048),
  control: text(1, 64),
  ttl_seconds: integer(60, 86_400),
  timestamp: timestamp(),
  schema_version: z.literal(ADJUSTMENT_SCHEMA_VERSION),
  attestation_measurement_hash: matching(LOWER_HEX_64),
});

type WireAdjustment = z.infer<typeof adjustmentSchema>;

/** An adjustment in memory; only `confidence` differs from the wire, where it is always a double. */
export type Adjustment = Readonly<Omit<WireAdjustment, 'confidence'>> & {
  /** 0..1. */
  readonly confidence: number;
};

/** `schema_invalid` with the path. */
export function parseAdjustment(value: JsonValue): Result<Adjustment> {
  const checked = checkSchema(adjustmentSchema, value);
  return checked.ok
    ? accept({ ...checked.value, confidence: numberOf(checked.value.confidence) ?? 0 })
    : checked;
}

/** The eleven members, ready to be canonicalized: `confidence` 1 is written `1.0`, as deployed peers write it. */
export function adjustmentToJson(adjustment: Adjustment): JsonObject {
  return {
    tenant_id: adjustment.tenant_id,
    execution_fingerprint: adjustment.execution_fingerprint,
    target_urn: adjustment.target_urn,
    action: adjustment.action,
    confidence: double(adjustment.confidence),
    rationale: adjustment.rationale,
    control: adjustment.control,
    ttl_seconds: adjustment.ttl_seconds,
    timestamp: adjustment.timestamp,
    schema_version: adjustment.schema_version,
    attestation_measurement_hash: adjustment.attestation_measurement_hash,
  };
}
