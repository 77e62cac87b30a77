import { adjustmentSchema, ERROR_CODES, isWireErrorCode } from '@nyxera/federation-protocol';
import { z } from 'zod';

/**
 * What the gateway answers with, for the document that it gives to integrators. Answers may gain members (PROTOCOL.md
 * section 6), so these are open objects; a test holds real answers against them.
 */

const requestId = z.uuid().meta({ description: 'Also in the audit log' });
const status = z.literal('accepted');
const hex32 = z.string().regex(/^[0-9a-f]{64}$/);
const base64 = (bytes: number) =>
  z.string().regex(new RegExp(`^[A-Za-z0-9+/]{${Math.ceil((bytes * 4) / 3)}}={0,2}$`));

/** The codes that travel, in the order of the table. */
export const WIRE_CODES = Object.keys(ERROR_CODES).filter(isWireErrorCode);
const code = z.enum(WIRE_CODES);

const receipt = z
  .looseObject({
    log: z.string().meta({ description: 'Origin of the log' }),
    sequence: z.int().min(0),
    leaf_hash: hex32,
  })
  .optional()
  .meta({ description: 'Absent where the gateway signs no audit log' });

export const problemSchema = z
  .looseObject({
    type: z.string().regex(/^urn:nyxera:federation:error:[a-z0-9_]+$/),
    title: z.string(),
    status: z.int().min(400).max(599),
    detail: z.string(),
    request_id: requestId,
    errors: z
      .array(
        z.looseObject({
          error_code: code,
          error_message: z.string(),
          path: z.string().optional().meta({ description: 'JSON Pointer into the body' }),
        }),
      )
      .min(1),
  })
  .meta({
    description: 'RFC 9457. `error_code` is the contract; texts are for humans and never echo input.',
  });

export const telemetryAnswer = z.looseObject({
  accepted: z.literal(true),
  request_id: requestId,
  status,
  duplicate: z.boolean().meta({ description: 'The same event was stored before; it is stored once' }),
  receipt,
});

export const batchAnswer = z.looseObject({
  request_id: requestId,
  status,
  accepted: z.int().min(0),
  duplicates: z.int().min(0),
  rejected: z.int().min(0),
  results: z
    .array(
      z.looseObject({
        event_id: z.string().nullable(),
        status: z.enum(['accepted', 'duplicate', 'rejected']),
        error_code: code.optional(),
        path: z.string().optional().meta({ description: 'JSON Pointer relative to the item' }),
        receipt,
      }),
    )
    .meta({ description: 'In the order of the items' }),
});

export const graphAnswer = z.looseObject({
  request_id: requestId,
  status,
  data: z.looseObject({ graph_synced: z.literal(true) }),
  errors: z.array(z.unknown()).max(0),
});

export const feedbackAnswer = z
  .looseObject({
    request_id: requestId,
    status,
    data: z.array(adjustmentSchema),
    errors: z.array(z.unknown()).max(0),
    signature: base64(64),
    kid: z.string(),
    signature_algorithm: z.literal('Ed25519'),
    signed_at: z.int().meta({ description: 'Unix seconds' }),
    nonce: z.string().regex(/^[A-Za-z0-9_-]{24}$/),
    schema_version: z.literal('feedback.response.v1'),
    request_nonce: z.string(),
    binding_signature: base64(64),
  })
  .meta({
    description:
      'signature: Ed25519 over tenant_id "|" signed_at "|" nonce "|" schema_version "|" kid "|" compat form of data. binding_signature: over "feedback.binding.v1|" request_nonce "|" signature. Verify both before anything of it counts.',
  });

export const bundleAnswer = z.looseObject({
  accepted: z.literal(true),
  bundle_hash: hex32,
  request_id: requestId,
});

export const keysAnswer = z.looseObject({
  request_id: requestId,
  status,
  keys: z.string().nullable().meta({ description: "The gateway's own key set, a compact JWS" }),
  confirmed: z.array(z.string()).meta({ description: "kids of the agent's set that may verify here" }),
});

export const cosignatureAnswer = z.looseObject({
  request_id: requestId,
  status,
  size: z.int().min(1),
  duplicate: z.boolean(),
});

export const receiptAnswer = z.looseObject({
  request_id: requestId,
  status,
  log: z.string(),
  checkpoint: z.string().nullable(),
  entries: z.array(
    z.looseObject({
      sequence: z.int().min(0),
      leaf_hash: hex32,
      entry: z.unknown(),
      disclosure: z.unknown(),
      proof: z.array(base64(32)).nullable(),
    }),
  ),
});
