import * as base64url from 'jose/base64url';
import { z } from 'zod';
import { canonicalizeCompat } from './canonical-json.ts';
import type { Ed25519PublicKey } from './ed25519.ts';
import { KID, MAX_TIMESTAMP, VISIBLE_ASCII_128 } from './header-forms.ts';
import type { JsonObject } from './json-value.ts';
import { KEY_PURPOSES, KEY_STATES, type KeyPurpose, type KeyState, toJwk } from './key-id.ts';
import { integer, matching, tenantId, timestamp } from './schema-parts.ts';

/** `typ` of the protected header: no other JWS of the same key can be taken for a key set. */
export const KEY_SET_TYPE = 'nyxera-keys+jwt';
/** A key costs a millisecond to validate; nobody rotates more than this. */
export const MAX_SET_KEYS = 64;
/** Bytes of the whole JWS, all of them ASCII. A full set with a thousand tenants a key does not fit, on purpose. */
export const MAX_KEY_SET_BYTES = 131_072;
/** Issuer of a gateway's own set: no service identity begins with `@`. */
export const GATEWAY_ISSUER = '@gateway';

/** One key of a set, as it travels (PROTOCOL.md sections 15 and 19). Absent `tenants`: all that its signer may vouch for. */
export const keySetKeySchema = z.strictObject({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: matching(/^[A-Za-z0-9_-]{43}$/),
  kid: matching(KID),
  use: z.literal('sig'),
  purpose: z
    .array(z.enum(KEY_PURPOSES))
    .min(1)
    .max(2)
    .refine((purposes) => new Set(purposes).size === purposes.length),
  tenants: z.array(tenantId()).min(1).max(1000).optional(),
  nbf: timestamp().optional(),
  exp: timestamp().optional(),
  state: z.enum(KEY_STATES),
});

/** Payload of the JWS of section 19. */
export const keySetSchema = z.strictObject({
  iss: matching(VISIBLE_ASCII_128),
  iat: timestamp(),
  version: integer(1, MAX_TIMESTAMP),
  keys: z.array(keySetKeySchema).min(1).max(MAX_SET_KEYS),
});

/** What the owner of a key says of it. Times are Unix seconds; `null`: unbounded. */
export interface KeySetKey {
  /** Its name with its owner: configured, or the thumbprint. Unique in a set. */
  readonly kid: string;
  readonly key: Ed25519PublicKey;
  readonly purposes: readonly KeyPurpose[];
  /** Lower case; null: all that the signer of the set may vouch for. */
  readonly tenants: readonly string[] | null;
  readonly notBefore: number | null;
  readonly notAfter: number | null;
  /** What the reader may do: `active` and `retiring` verify. When its owner begins to sign with it is the owner's matter. */
  readonly state: KeyState;
}

export interface KeySet {
  /** The service identity, or `@gateway`. */
  readonly issuer: string;
  /** Unix seconds. */
  readonly issuedAt: number;
  /** Grows with every set of the issuer, 1..999999999999; a reader loads none that is not above the one it has. */
  readonly version: number;
  readonly keys: readonly KeySetKey[];
}

/** What signs a set: the kid by which the reader trusts the key already, and the way to its private half. */
export interface KeySetSigner {
  readonly kid: string;
  /** 64 bytes, RFC 8032 PureEdDSA over exactly these bytes. */
  sign(message: Uint8Array): Promise<Uint8Array>;
}

/**
 * A key set as a JWS in compact form (RFC 7515, EdDSA of RFC 8037). `jose` signs only with a key that it is given, and
 * ours may be in an HSM; so the two encoded parts are joined here, and a test lets `jose` verify the result.
 * @throws whatever `signer.sign` rejects with
 */
export async function makeKeySet(set: KeySet, signer: KeySetSigner): Promise<string> {
  const header = { alg: 'EdDSA', kid: signer.kid, typ: KEY_SET_TYPE };
  const input = `${encodePart(header)}.${encodePart(toPayload(set))}`;
  const signature = await signer.sign(new TextEncoder().encode(input));
  return `${input}.${base64url.encode(signature)}`;
}

function encodePart(part: JsonObject): string {
  return base64url.encode(canonicalizeCompat(part));
}

function toPayload(set: KeySet): JsonObject {
  return { iss: set.issuer, iat: set.issuedAt, version: set.version, keys: set.keys.map(toSetJwk) };
}

function toSetJwk(one: KeySetKey): JsonObject {
  return {
    ...toJwk(one.key, { kid: one.kid, use: 'sig', purpose: one.purposes, state: one.state }),
    ...(one.tenants === null ? {} : { tenants: one.tenants }),
    ...(one.notBefore === null ? {} : { nbf: one.notBefore }),
    ...(one.notAfter === null ? {} : { exp: one.notAfter }),
  };
}
