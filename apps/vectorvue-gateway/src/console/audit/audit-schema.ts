import { z } from 'zod';

/** What the audit views are answered with. Hashes are hex in lists and base64url in proofs; notes and keys are C2SP text. */

const index = z.number().int().min(0);

export const auditEntrySchema = z.object({
  sequence: index,
  recorded_at: z.string(),
  class: z.string(),
  level: z.enum(['info', 'low', 'medium', 'high', 'critical']),
  action: z.string(),
  actor: z.string(),
  code: z.string(),
  tenant: z.string().nullable(),
  operator: z.string().nullable().meta({ description: 'Disclosed beside the entry; null: none, or erased' }),
  subject: z
    .string()
    .nullable()
    .meta({ description: 'Likewise: event, key, finding, or what else it is about' }),
  request_id: z.string(),
  kid: z.string().nullable(),
  leaf_hash: z.string().meta({ description: 'RFC 9162 leaf hash, hex' }),
  pruned_by: z.string().nullable().meta({ description: 'Request that removed its text; null: it is there' }),
});

export const auditDetailSchema = auditEntrySchema.extend({
  peer_sha256: z.string().nullable(),
  entry: z
    .string()
    .meta({ description: 'Canonical JSON, exactly as it was hashed; empty where it was pruned' }),
  disclosure: z.string().meta({ description: 'Canonical JSON: salt and value of what the entry commits to' }),
});

const witnessSchema = z.object({
  identity: z.string(),
  kid: z.string(),
  state: z.string(),
  key: z.string().nullable().meta({ description: 'C2SP verifier key; null: the name cannot be one' }),
});

/** Who may have signed, in the words of this gateway: what proves most is a key from elsewhere. */
const signersSchema = z.object({
  log: z.string(),
  keys: z.array(z.string()).meta({ description: 'C2SP verifier keys of the log, also retired ones' }),
  witnesses: z.array(witnessSchema),
});

export const auditProofSchema = signersSchema.extend({
  sequence: index,
  leaf_hash: z.string().meta({ description: 'base64url, 32 bytes' }),
  size: index,
  checkpoint: z.string().meta({ description: 'C2SP checkpoint of that size with its cosignatures' }),
  proof: z
    .array(z.string())
    .meta({ description: 'base64url, 32 bytes each, the neighbour of the leaf first' }),
});

export const auditLogSchema = signersSchema.extend({
  entries: index.meta({ description: 'Entries of the log now' }),
  size: index.meta({ description: 'Entries below the newest checkpoint' }),
  signed_at: z.string(),
  checkpoint: z.string(),
});

export const checkpointSchema = z.object({
  size: index,
  signed_at: z.string(),
  kid: z.string(),
  root: z.string().meta({ description: 'base64url, 32 bytes' }),
  cosigned_by: z.array(z.string()),
  checkpoint: z.string(),
});

export const consistencySchema = signersSchema.extend({
  from: index,
  to: index,
  checkpoint: z.string().meta({ description: 'Of size `to`' }),
  proof: z.array(z.string()).meta({ description: 'base64url, 32 bytes each' }),
});

export const chainSchema = signersSchema.extend({
  steps: z
    .array(
      z.object({
        size: index,
        signed_at: z.string(),
        cosigned_by: z.array(z.string()),
        checkpoint: z.string(),
        proof: z.array(z.string()).nullable().meta({
          description: 'That it continues the step before; null: it is the first, or the store gives none',
        }),
      }),
    )
    .meta({ description: 'Oldest first' }),
});
