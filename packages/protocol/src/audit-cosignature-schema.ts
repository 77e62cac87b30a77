import { z } from 'zod';
import { checkSchema } from './check-schema.ts';
import type { JsonValue } from './json-value.ts';
import type { Result } from './result.ts';
import { integer, matching, nonce, timestamp } from './schema-parts.ts';

/**
 * Body of `POST /internal/v1/audit/cosignature` (PROTOCOL.md section 19): a witness hands its cosignature of the
 * checkpoint of that size to the log. `cosignature` is one signature line of a C2SP note, without its newline; the key
 * name in it is the service identity.
 */
export const auditCosignatureSchema = z.strictObject({
  /** Leaves of the checkpoint. */
  size: integer(1),
  cosignature: matching(/^\u2014 [!-~]{1,128} [A-Za-z0-9+/]{101}[AQgw]==$/),
  timestamp: timestamp(),
  nonce: nonce(),
});

export type AuditCosignature = z.infer<typeof auditCosignatureSchema>;

/** `schema_invalid` with the path. */
export function parseAuditCosignature(value: JsonValue): Result<AuditCosignature> {
  return checkSchema(auditCosignatureSchema, value);
}
