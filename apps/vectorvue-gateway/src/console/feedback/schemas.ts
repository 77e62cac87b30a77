import { z } from 'zod';
import { adjustmentTemplate } from '../../feedback/rules.ts';

/** What the feedback slice of the API answers with and takes. Times RFC 3339, UTC. */

const tenant = z.string();
const fingerprint = z.string().meta({ description: '64 hex digits' });
const time = z.string();

export const graphItem = z.object({
  accepted_at: time,
  tenant_id: tenant,
  request_id: z.string(),
  operator_id: z.string(),
  execution_fingerprint: fingerprint,
  attestation_measurement_hash: fingerprint,
  target_urn: z.string(),
  node_count: z.int(),
  adjustments: z.int().meta({ description: 'adjustments that it caused' }),
});

const drawnNode = z.object({
  id: z.string(),
  label: z.string(),
  kind: z.string(),
  severity: z.string().nullable(),
  members: z.array(z.tuple([z.string(), z.string()])),
});

export const graphDetail = graphItem.omit({ adjustments: true }).extend({
  identity: z.string().nullable().meta({ description: 'who signed it; null: the evidence is gone' }),
  kid: z.string().nullable(),
  body_bytes: z.int().nullable(),
  drawn: z
    .object({
      nodes: z.array(drawnNode).meta({ description: 'at most 5000' }),
      edges: z
        .array(z.object({ from: z.int(), to: z.int(), relation: z.string() }))
        .meta({ description: 'indexes into nodes; at most 20000' }),
      nodes_total: z.int(),
      edges_total: z.int(),
      edges_loose: z.int().meta({ description: 'without two ends among the nodes' }),
    })
    .nullable()
    .meta({ description: 'null: the signed bytes are gone, or cannot be read' }),
});

export const adjustmentItem = z.object({
  tenant_id: tenant,
  adjustment_id: z.int(),
  state: z.enum(['living', 'masked', 'expired', 'withdrawn']).meta({
    description: 'masked: alive, and a newer one of the same target and action is sent in its place',
  }),
  action: z.string(),
  target_urn: z.string(),
  confidence: z.number(),
  effect: z
    .enum(['refuses', 'informs'])
    .meta({ description: 'what it does to the policy of an agent that has it (PROTOCOL.md section 14)' }),
  issued_at: time,
  expires_at: time,
  promised_until: time.nullable().meta({ description: 'its end before it was shortened' }),
  withdrawn_at: time.nullable(),
  ttl_seconds: z.int(),
  control: z.string(),
  rationale: z.string(),
  cause: z.enum(['graph', 'finding', 'analyst']),
  cause_id: z
    .string()
    .meta({ description: 'request of the graph, operator/finding, or a UUID of an analyst' }),
  rule_id: z.string(),
  issued_by: z.string().nullable(),
  reason: z.string().nullable(),
  basis: z.enum(['graph', 'finding']).nullable(),
  basis_id: z.string().nullable(),
  changed_by: z.string().nullable(),
  change_reason: z.string().nullable(),
  changed_at: time.nullable(),
  execution_fingerprint: fingerprint,
  attestation_measurement_hash: fingerprint,
});

export const proposalItem = z.object({
  tenant_id: tenant,
  proposal_id: z.string(),
  state: z.enum(['pending', 'approved', 'declined', 'retracted', 'expired']),
  change: z.enum(['issue', 'shorten', 'withdraw']),
  adjustment_id: z.int().nullable(),
  action: z.string(),
  target_urn: z.string(),
  draft: z.string().meta({ description: 'JSON: what is to be issued, or until when it is to be shortened' }),
  proposed_by: z.string(),
  proposed_at: time,
  reason: z.string(),
  expires_at: time,
  own: z.boolean().meta({ description: 'proposed by whoever asks: somebody else decides' }),
  decided_by: z.string().nullable(),
  decided_at: time.nullable(),
  decision_reason: z.string().nullable(),
});

export const adjustmentDetail = z.object({
  adjustment: adjustmentItem,
  binding: z.int().nullable().meta({
    description: 'number of the adjustment that counts for the target now, for an agent that has them all',
  }),
  living: z.array(adjustmentItem).meta({ description: 'of the same target' }),
  fetches: z
    .array(
      z.object({
        identity: z.string(),
        answers: z.int(),
        first_at: time,
        last_at: time,
        first_sequence: z.int().meta({ description: 'of the audit log' }),
      }),
    )
    .meta({ description: 'who was answered while it was the one to be sent, by the audit log' }),
  proposals: z.array(proposalItem),
});

export const feedbackSettings = z.object({
  two_person_deny: z.boolean().meta({ description: 'changes of a deny need a second person' }),
  rules: z.array(
    z.object({
      id: z.string(),
      cause: z.enum(['graph', 'finding']),
      when: z.string(),
      adjust: adjustmentTemplate,
    }),
  ),
});

export const changeAnswer = z.object({
  outcome: z.enum(['made', 'proposed']),
  adjustment_id: z.int().nullable(),
  ends_at: time.nullable(),
  binds_until: time
    .nullable()
    .meta({ description: 'until when agents that have fetched it go by it: nothing takes one back' }),
  proposal_id: z.string().nullable(),
  proposal_expires_at: time.nullable(),
});

export const decisionAnswer = z.object({
  state: z.enum(['approved', 'declined', 'retracted']),
  adjustment_id: z.int().nullable(),
  ends_at: time.nullable(),
  binds_until: time.nullable(),
});
