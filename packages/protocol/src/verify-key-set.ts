import * as base64url from 'jose/base64url';
import { z } from 'zod';
import { checkSchema } from './check-schema.ts';
import { type Ed25519PublicKey, verifyEd25519 } from './ed25519.ts';
import { KID } from './header-forms.ts';
import type { JsonValue } from './json-value.ts';
import { fromJwk } from './key-id.ts';
import { KEY_SET_TYPE, type KeySet, type KeySetKey, keySetSchema, MAX_KEY_SET_BYTES } from './key-set.ts';
import { accept, type Rejection, type Result, reject } from './result.ts';
import { matching } from './schema-parts.ts';
import { parseStrictJson } from './strict-json.ts';

/**
 * All of the protected header and nothing else: `crit`, `b64`, `jwk`, `jku` and `x5c` change what is verified, or by
 * which key, and a set never needs them. The algorithm is compared, never chosen by what arrived.
 */
const headerSchema = z.strictObject({
  alg: z.literal('EdDSA'),
  kid: matching(KID),
  typ: z.literal(KEY_SET_TYPE),
});

/** What the reader knows already; the set is measured by it. */
export interface KeySetExpectation {
  /** Who it must be of, exactly. */
  readonly issuer: string;
  /** Keys of that issuer which may vouch for others, now. null: not trusted. */
  readonly keys: (kid: string) => Ed25519PublicKey | null;
  /** Unix seconds. */
  readonly now: number;
  /** Seconds by which `iat` may differ from `now`. */
  readonly skewSeconds: number;
  /** Version of the set that is loaded; null: none is. */
  readonly loadedVersion: number | null;
}

export interface VerifiedKeySet extends KeySet {
  /** kid of the header. */
  readonly signedBy: string;
}

/** Both ends carry a set in this member; what follows in a path points into the payload. */
const AT = '/keys';
const FORM = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{86}$/;

/**
 * PROTOCOL.md section 19, in this order; the first fault decides and nothing of a refused set is of use:
 * - `schema_invalid`: not a compact JWS with exactly this header;
 * - `signature_invalid`: its kid names no key that is trusted already, or the signature is not that key's;
 * - `schema_invalid`: the payload breaks its schema, holds a key that must not be used (small order, placeholder), two
 *   keys of one kid, or does not itself hold the key that signed it as one that still verifies;
 * - `signed_metadata_mismatch`: it is another issuer's;
 * - `timestamp_out_of_window`: it was issued at another time;
 * - `replay_detected`: its version is not above the loaded one.
 *
 * `jose` verifies with the platform's WebCrypto; here the pinned semantics of section 3 decide, on every platform alike.
 */
export function verifyKeySet(jws: JsonValue, expected: KeySetExpectation): Result<VerifiedKeySet> {
  if (typeof jws !== 'string' || jws.length > MAX_KEY_SET_BYTES || !FORM.test(jws)) {
    return reject('schema_invalid', 'the key set is no compact JWS', AT);
  }
  const [head = '', payload = '', tail = ''] = jws.split('.');
  const header = readPart(head, headerSchema, '');
  if (!header.ok) return { ...header, path: AT };
  const signer = expected.keys(header.value.kid);
  const signature = decode(tail);
  const signed = new TextEncoder().encode(`${head}.${payload}`);
  if (signer === null || signature === null || !verifyEd25519(signer, signed, signature)) {
    return reject('signature_invalid', 'no key that is trusted already signed the key set', AT);
  }
  const read = readPart(payload, keySetSchema, AT);
  if (!read.ok) return read;
  const keys = readKeys(read.value.keys);
  if (!keys.ok) return keys;
  const { iss, iat, version } = read.value;
  const own = checkSigner(keys.value, header.value.kid, signer, expected.now);
  if (own !== null) return own;
  if (iss !== expected.issuer) {
    return reject('signed_metadata_mismatch', 'the key set is of another issuer', `${AT}/iss`);
  }
  if (Math.abs(expected.now - iat) > expected.skewSeconds) {
    return reject('timestamp_out_of_window', 'the key set was issued at another time', `${AT}/iat`);
  }
  if (expected.loadedVersion !== null && version <= expected.loadedVersion) {
    return reject('replay_detected', 'the key set is not newer than the loaded one', `${AT}/version`);
  }
  return accept({ issuer: iss, issuedAt: iat, version, keys: keys.value, signedBy: header.value.kid });
}

/**
 * The version of the next set: above the last one, and not below the clock, so that an issuer whose counter was lost
 * (a restored database, a new machine) is not refused for as long as it takes to count up again.
 * @param last null: none was issued
 * @param now Unix seconds
 */
export function nextSetVersion(last: number | null, now: number): number {
  return Math.max((last ?? 0) + 1, now);
}

function readPart<S extends z.ZodType>(part: string, schema: S, at: string): Result<z.output<S>> {
  const bytes = decode(part);
  const json = bytes === null ? null : parseStrictJson(bytes);
  if (json === null || !json.ok)
    return reject('schema_invalid', 'a part of the key set is no strict JSON', AT);
  return checkSchema(schema, json.value, 'schema_invalid', at);
}

/** Null where it is no base64url, or unused bits are not zero: one text for every byte string, so that nothing is re-spelt. */
function decode(part: string): Uint8Array | null {
  // A length of 1 modulo 4 is no base64, and the decoder throws for it.
  if (part.length % 4 === 1) return null;
  const bytes = base64url.decode(part);
  return base64url.encode(bytes) === part ? bytes : null;
}

function readKeys(jwks: z.output<typeof keySetSchema>['keys']): Result<readonly KeySetKey[]> {
  const keys: KeySetKey[] = [];
  for (const [index, jwk] of jwks.entries()) {
    const at = `${AT}/keys/${index}`;
    const key = fromJwk({ kty: jwk.kty, crv: jwk.crv, x: jwk.x });
    if (!key.ok) return reject('schema_invalid', key.detail, `${at}/x`);
    // One key may have two names (a deployment that changes a kid); one name may not have two keys.
    if (keys.some((other) => other.kid === jwk.kid)) {
      return reject('schema_invalid', 'a kid stands in the set twice', `${at}/kid`);
    }
    if (jwk.nbf !== undefined && jwk.exp !== undefined && jwk.exp <= jwk.nbf) {
      return reject('schema_invalid', 'the validity ends before it begins', `${at}/exp`);
    }
    keys.push({
      kid: jwk.kid,
      key: key.value,
      purposes: jwk.purpose,
      tenants: jwk.tenants?.map((tenant) => tenant.toLowerCase()) ?? null,
      notBefore: jwk.nbf ?? null,
      notAfter: jwk.exp ?? null,
      state: jwk.state,
    });
  }
  return accept(keys);
}

/** A set that ends the very key that vouches for it would take away what the answer to it is trusted by. */
function checkSigner(
  keys: readonly KeySetKey[],
  kid: string,
  signer: Ed25519PublicKey,
  now: number,
): Rejection | null {
  const index = keys.findIndex((one) => one.kid === kid);
  const own = keys[index];
  const verifies =
    own !== undefined &&
    own.key.kid === signer.kid &&
    (own.state === 'active' || own.state === 'retiring') &&
    (own.notBefore === null || now >= own.notBefore) &&
    (own.notAfter === null || now < own.notAfter);
  if (verifies) return null;
  const at = own === undefined ? AT : `${AT}/keys/${index}/state`;
  return reject('schema_invalid', 'the key set does not hold its own signing key as one that verifies', at);
}
