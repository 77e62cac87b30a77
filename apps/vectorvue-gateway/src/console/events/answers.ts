import { z } from 'zod';
import { STATUSES } from './filter-fields.ts';
import { eventItem, findingItem } from './items.ts';

const bytes = z.string().meta({ description: 'base64url' });
const time = z.string().meta({ description: 'RFC 3339 in UTC, microseconds' });
const time0 = time.nullable();

/** An event with everything that a browser needs to verify it by itself. */
export const eventDetail = z.object({
  event: eventItem.omit({}).extend({
    tactics: z.array(z.string()),
    evidence_index: z.int().meta({ description: 'Of a batch: which of its items' }),
    content_hash: bytes.meta({ description: 'As stored (PROTOCOL.md section 4)' }),
  }),
  evidence: z
    .object({
      received_at: time,
      endpoint: z.string(),
      identity: z.string(),
      peer_sha256: z.string().meta({ description: 'SHA-256 of the certificate that the socket presented' }),
      operator_id: z.string(),
      kid: z.string(),
      public_key: bytes,
      signature: bytes,
      timestamp: z.int().meta({ description: 'Unix seconds, of the signed header' }),
      nonce: z.string(),
      body: bytes.meta({ description: 'The exact signed body' }),
      body_sha256: bytes.meta({ description: 'As stored' }),
    })
    .nullable()
    .meta({ description: 'null: removed by retention' }),
  key_life: z
    .array(
      z.object({
        state: z.enum(['pending', 'active', 'retiring', 'revoked']),
        covers: z.boolean().meta({ description: 'Whether it was for the tenant of the event' }),
        not_before: time0,
        not_after: time0,
        changed_at: time,
      }),
    )
    .meta({ description: 'What the key was from each change on, oldest first; the last is today' }),
  pin: z
    .object({ not_before: time0, not_after: time0, source: z.string(), created_at: time })
    .nullable()
    .meta({ description: 'Of the certificate; null: pinned no more, or not for this session to see' }),
  entry: z
    .object({
      sequence: z.int(),
      recorded_at: time,
      action: z.string(),
      code: z.string(),
      pruned: z.boolean(),
    })
    .nullable()
    .meta({ description: 'The entry of the audit log that says what was decided about this event' }),
  finding: findingItem.nullable(),
});

export const findingDetail = z.object({
  finding: findingItem.omit({}).extend({ request_id: z.string() }),
  changes: z
    .array(
      z.object({
        sequence: z.int(),
        recorded_at: time,
        step: z.enum(['close', 'suppress', 'reopen']),
        actor: z.string(),
        reason: z.string().nullable(),
      }),
    )
    .meta({ description: 'From the audit log, newest first, at most 200' }),
});

export const linkedAnswer = z.object({
  events: z.array(eventItem),
  findings: z.array(findingItem),
  graphs: z.array(
    z.object({
      accepted_at: time,
      request_id: z.string(),
      operator_id: z.string(),
      target_urn: z.string(),
      node_count: z.int(),
      execution_fingerprint: z.string(),
      attestation_measurement_hash: z.string(),
    }),
  ),
  adjustments: z.array(
    z.object({
      adjustment_id: z.int(),
      target_urn: z.string(),
      action: z.string(),
      cause: z.string(),
      cause_id: z.string(),
      issued_at: time,
      expires_at: time,
      withdrawn_at: time0,
      execution_fingerprint: z.string(),
      attestation_measurement_hash: z.string(),
    }),
  ),
  more: z
    .array(z.enum(['events', 'findings', 'graphs', 'adjustments']))
    .meta({ description: 'Of which there are more than these' }),
});

export const findingChanged = z.object({
  status: z.enum(STATUSES),
  withdrawn: z.int().meta({ description: 'Adjustments that it had caused and that were withdrawn with it' }),
});
