import { z } from 'zod';

/**
 * The files that the gateway's `audit prove` and `audit checkpoint` write and that anybody can check without a database.
 * Everything in them is a claim until it is checked; a file that is read is bounded and has exactly this form.
 */

const base64 = z.string().regex(/^[A-Za-z0-9+/]*={0,2}$/);
const hash = base64.length(44);
const index = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const note = z.string().max(1_048_576);
const vkey = z.string().max(1_024);

const heading = {
  v: z.literal(1),
  /** Name of the log. */
  log: z.string().max(255),
  /** Verifier key (C2SP) of the log. Compare it with one from elsewhere, or give that one when you check. */
  key: vkey,
  /** C2SP checkpoint, with the cosignatures there are. */
  checkpoint: note,
};

export const proofFileSchema = z.strictObject({
  ...heading,
  kind: z.literal('nyxera.audit-proof'),
  /** Verifier keys of the witnesses whose cosignatures are in the note. */
  witnesses: z.array(vkey).max(100),
  request_id: z.guid(),
  entries: z
    .array(
      z.strictObject({
        sequence: index,
        /** Exactly as it was hashed. */
        entry: z.string().max(65_535),
        /** Canonical JSON: salt and value of what the entry commits to. */
        disclosure: z.string().max(1_048_576),
        proof: z.array(hash).max(64),
      }),
    )
    .min(1)
    .max(2_000),
  /** The signed bytes that were accepted and what vouches for them; null: nothing of the request was stored. */
  evidence: z
    .strictObject({
      endpoint: z.string().max(64),
      identity: z.string().max(256),
      peer_sha256: z.string().max(64),
      kid: z.string().max(128),
      public_key: base64,
      signature: base64,
      timestamp: index,
      nonce: z.string().max(128),
      body: base64,
    })
    .nullable(),
});

export const checkpointFileSchema = z.strictObject({
  ...heading,
  kind: z.literal('nyxera.audit-checkpoint'),
  /** That this checkpoint continues the one of size `from`; null: none was asked for. */
  consistency: z.strictObject({ from: index.min(1), proof: z.array(hash).max(64) }).nullable(),
});

export type ProofFile = z.infer<typeof proofFileSchema>;
export type CheckpointFile = z.infer<typeof checkpointFileSchema>;

/** Bytes; nothing larger is a file of ours. A batch of 8 MiB in base64, and its thousand proofs. */
export const MAX_PROOF_FILE_BYTES: number = 32 * 1024 * 1024;

/** What is in this text by that schema; null: no JSON of that form. Never throws. */
export function parseFile<Schema extends z.ZodType>(schema: Schema, text: string): z.output<Schema> | null {
  try {
    const parsed = schema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
