import { z } from 'zod';
import { checkSchema } from './check-schema.ts';
import { KID } from './header-forms.ts';
import type { JsonValue } from './json-value.ts';
import { MAX_SET_KEYS } from './key-set.ts';
import type { Result } from './result.ts';
import { matching, nonce, tenantId, text, timestamp } from './schema-parts.ts';

/** The compact JWS of a key set; what is in it is `verifyKeySet`'s matter. */
const jws = () => matching(/^[A-Za-z0-9_.-]{1,131072}$/);
const kids = () => z.array(matching(KID)).max(2 * MAX_SET_KEYS);

/** Body of `POST /internal/v1/federation/keys` (PROTOCOL.md section 19). */
export const keyExchangeSchema = z.strictObject({
  operator_id: text(1, 128),
  tenant_id: tenantId(),
  timestamp: timestamp(),
  nonce: nonce(),
  keys: jws(),
  /** kids of the gateway's keys that this agent has loaded for this tenant. */
  confirmed: kids(),
});

export type KeyExchangeBody = z.infer<typeof keyExchangeSchema>;

/** `schema_invalid` with the path. */
export function parseKeyExchange(value: JsonValue): Result<KeyExchangeBody> {
  return checkSchema(keyExchangeSchema, value);
}

/** What an agent needs of the answer, which may hold more. `keys` is null where the gateway has no key to sign with. */
const keyExchangeAnswerSchema = z.object({
  keys: jws().nullable(),
  /** kids of the agent's set that the gateway has loaded. */
  confirmed: kids(),
});

export type KeyExchangeAnswer = z.infer<typeof keyExchangeAnswerSchema>;

/** `schema_invalid` with the path. */
export function parseKeyExchangeAnswer(value: JsonValue): Result<KeyExchangeAnswer> {
  return checkSchema(keyExchangeAnswerSchema, value);
}
