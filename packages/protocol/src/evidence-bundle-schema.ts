import { z } from 'zod';
import { checkSchema } from './check-schema.ts';
import type { JsonValue } from './json-value.ts';
import { accept, type Result } from './result.ts';
import { hex64, matching, signature, text, timestamp } from './schema-parts.ts';

/** `|` separates the members of the signed input, so none may hold it. */
const unseparated = () =>
  text(1, 128)
    .refine((value) => !value.includes('|'))
    .meta({ minLength: 1, maxLength: 128, pattern: '^[^|\\u0000]*$' });

/** Body of `POST /internal/v1/federation/verify` (PROTOCOL.md section 9). */
export const evidenceBundleSchema = z.strictObject({
  bundle: z.strictObject({
    operator_id: unseparated(),
    campaign_id: unseparated(),
    execution_hash: hex64(),
    timestamp: timestamp(),
    nonce: matching(/^[A-Za-z0-9._:~+/=-]{12,128}$/),
    signature: signature(),
  }),
});

/** The bundle itself, without the wrapping member. */
export type EvidenceBundle = z.infer<typeof evidenceBundleSchema>['bundle'];

/** `schema_invalid` with the path. */
export function parseEvidenceBundle(value: JsonValue): Result<EvidenceBundle> {
  const checked = checkSchema(evidenceBundleSchema, value);
  return checked.ok ? accept(checked.value.bundle) : checked;
}
