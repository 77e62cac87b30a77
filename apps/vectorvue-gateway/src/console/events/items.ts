import { z } from 'zod';
import { SEVERITIES, STATUSES } from './filter-fields.ts';

const hash = z.string().meta({ description: '64 hex digits' });
const techniques = z.array(z.string());
const synthetic = z
  .boolean()
  .meta({ description: 'The attestation hash was derived, because nothing was measured' });
const verified = z.boolean().nullable().meta({
  description: 'Whether the gateway recomputed the fingerprint to the same; null: inputs were missing',
});
const time = z.string().meta({ description: 'RFC 3339 in UTC, microseconds' });

/** An accepted event in a list. Everything that a peer wrote is hostile text. */
export const eventItem = z.object({
  accepted_at: time,
  tenant_id: z.string(),
  operator_id: z.string(),
  event_id: z.string(),
  event_type: z.string(),
  source_system: z.string(),
  severity: z.enum(SEVERITIES),
  campaign_id: z.string(),
  asset_ref: z.string().nullable(),
  target_urn: z.string().nullable(),
  observed_at: z.string().meta({ description: 'As it was received' }),
  observed_at_assumed: z.boolean().meta({ description: 'It had no offset and was read as UTC' }),
  techniques,
  execution_hash: hash,
  attestation_measurement_hash: hash,
  attestation_synthetic: synthetic,
  fingerprint_verified: verified,
  intent_id: z.string().nullable(),
  request_id: z.string(),
});

export const findingItem = z.object({
  last_seen: time,
  first_seen: time,
  tenant_id: z.string(),
  operator_id: z.string(),
  finding_id: z.string(),
  event_id: z.string(),
  event_type: z.string(),
  campaign_id: z.string(),
  severity: z.enum(SEVERITIES),
  status: z.enum(STATUSES),
  asset_ref: z.string().nullable(),
  target_urn: z.string().nullable(),
  techniques,
  execution_fingerprint: hash,
  attestation_measurement_hash: hash,
  reason: z.string().nullable().meta({ description: 'Of the last change of its status' }),
  changed_by: z.string().nullable(),
  changed_at: time.nullable(),
});
