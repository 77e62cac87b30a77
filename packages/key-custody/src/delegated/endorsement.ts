import {
  accept,
  canonicalizeCompat,
  type Ed25519PublicKey,
  fromJwk,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  KEY_PURPOSES,
  type KeyPurpose,
  parseStrictJson,
  type Result,
  reject,
  toJwk,
  verifyEd25519,
} from '@nyxera/federation-protocol';
import type { Signer } from '../signer.ts';

/** Seconds: an endorsed key lies in memory, so a leak must not be worth much. */
export const MAX_ENDORSEMENT_SECONDS = 86_400;
/** Seconds that two clocks may differ, as in PROTOCOL.md section 3. */
export const ENDORSEMENT_SKEW_SECONDS = 30;
const TYPE = 'nyxera-endorsement+jwt';
const MAX_STATEMENT_LENGTH = 8_192;
const MEMBERS = 'exp,iat,iss,jwk,nbf,purpose,tenants';

/**
 * What a custodian's key says of a short-lived one: that this key may do its work, for this purpose and these tenants,
 * in this time. Times are Unix seconds, `exp` exclusive.
 */
export interface Endorsement {
  /** kid of the key that endorses. */
  readonly endorser: string;
  readonly key: Ed25519PublicKey;
  readonly purpose: KeyPurpose;
  /** null: the tenants of the endorsing key. */
  readonly tenants: readonly string[] | null;
  readonly issuedAt: number;
  readonly notBefore: number;
  readonly expires: number;
}

/**
 * The statement as a compact JWS (EdDSA, typ `nyxera-endorsement+jwt`). Its signing input begins `eyJ`, as no other
 * signature input of the protocol does, so that neither can be taken for the other.
 */
export async function signEndorsement(
  root: Pick<Signer, 'sign' | 'kid'>,
  endorsement: Omit<Endorsement, 'endorser'>,
): Promise<string> {
  const iss = await root.kid();
  const payload = canonicalizeCompat({
    exp: endorsement.expires,
    iat: endorsement.issuedAt,
    iss,
    jwk: { kty: 'OKP', crv: 'Ed25519', x: toJwk(endorsement.key).x },
    nbf: endorsement.notBefore,
    purpose: endorsement.purpose,
    tenants: endorsement.tenants === null ? null : [...endorsement.tenants],
  });
  const input = `${headerOf(iss)}.${Buffer.from(payload).toString('base64url')}`;
  const signature = await root.sign(new TextEncoder().encode(input));
  return `${input}.${Buffer.from(signature).toString('base64url')}`;
}

/**
 * Verifies a statement under the key that the verifier already trusts, at its own time. `signature_invalid`: not by this
 * key, or not a statement at all; `timestamp_out_of_window`: not yet or no longer; `key_invalid`: the endorsed key must
 * not be used, is the endorsing key itself, or the statement gives it more than a day.
 */
export function verifyEndorsement(
  statement: string,
  root: Ed25519PublicKey,
  nowSeconds: number,
): Result<Endorsement> {
  const payload = openStatement(statement, root);
  if (payload === null)
    return reject('signature_invalid', 'the statement is not signed by the endorsing key');
  const read = readPayload(payload, root);
  if (!read.ok) return read;
  const { notBefore, expires } = read.value;
  if (expires <= notBefore || expires - notBefore > MAX_ENDORSEMENT_SECONDS) {
    return reject('key_invalid', `an endorsed key lives at most ${MAX_ENDORSEMENT_SECONDS} seconds`);
  }
  if (nowSeconds < notBefore - ENDORSEMENT_SKEW_SECONDS || nowSeconds >= expires) {
    return reject('timestamp_out_of_window', 'the endorsement is not yet or no longer valid');
  }
  return read;
}

/** The payload's bytes where the signature is right. Nothing of it is parsed before. */
function openStatement(statement: string, root: Ed25519PublicKey): Uint8Array | null {
  if (statement.length > MAX_STATEMENT_LENGTH) return null;
  const [header, payload, signature, ...more] = statement.split('.');
  if (header === undefined || payload === undefined || signature === undefined || more.length > 0)
    return null;
  // Compared whole instead of parsed: no other algorithm, type or member is ever looked at.
  if (header !== headerOf(root.kid)) return null;
  const payloadBytes = decodeBase64Url(payload);
  const signatureBytes = decodeBase64Url(signature);
  if (payloadBytes === null || signatureBytes?.length !== 64) return null;
  const input = new TextEncoder().encode(`${header}.${payload}`);
  return verifyEd25519(root, input, signatureBytes) ? payloadBytes : null;
}

function readPayload(bytes: Uint8Array, root: Ed25519PublicKey): Result<Endorsement> {
  const malformed = reject('signature_invalid', 'the statement is signed, and is no endorsement');
  const parsed = parseStrictJson(bytes);
  if (!parsed.ok || !isJsonObject(parsed.value)) return malformed;
  const payload: JsonObject = parsed.value;
  if (Object.keys(payload).sort().join() !== MEMBERS || payload.iss !== root.kid) return malformed;
  const [issuedAt, notBefore, expires] = [payload.iat, payload.nbf, payload.exp].map(seconds);
  const purpose = KEY_PURPOSES.find((known) => known === payload.purpose);
  const tenants = readTenants(payload.tenants);
  if (purpose === undefined || tenants === undefined) return malformed;
  if (issuedAt == null || notBefore == null || expires == null) return malformed;
  const key = fromJwk(payload.jwk ?? null);
  if (!key.ok) return key;
  if (key.value.kid === root.kid) return reject('key_invalid', 'a key cannot endorse itself');
  return accept({ endorser: root.kid, key: key.value, purpose, tenants, issuedAt, notBefore, expires });
}

function headerOf(kid: string): string {
  return Buffer.from(canonicalizeCompat({ alg: 'EdDSA', kid, typ: TYPE })).toString('base64url');
}

/** Strict: what is decoded must be written as it was read. */
function decodeBase64Url(text: string): Uint8Array | null {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? new Uint8Array(bytes) : null;
}

function seconds(value: JsonValue | undefined): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
}

/** undefined: neither null nor a list of names. */
function readTenants(value: JsonValue | undefined): readonly string[] | null | undefined {
  if (value === null) return null;
  if (!Array.isArray(value) || value.length === 0) return undefined;
  return value.every((tenant): tenant is string => typeof tenant === 'string') ? value : undefined;
}
