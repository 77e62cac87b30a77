import * as base64url from 'jose/base64url';
import { type Ed25519PublicKey, importPublicKey } from './ed25519.ts';
import { KID } from './header-forms.ts';
import { isJsonObject, type JsonObject, type JsonValue } from './json-value.ts';
import { accept, type Rejection, type Result, reject } from './result.ts';

export { thumbprint } from './thumbprint.ts';

/** What a key may be used for (PROTOCOL.md section 15). */
export const KEY_PURPOSES = ['telemetry', 'feedback', 'evidence', 'audit', 'witness'] as const;
export type KeyPurpose = (typeof KEY_PURPOSES)[number];
export const KEY_STATES = ['pending', 'active', 'retiring', 'revoked'] as const;
export type KeyState = (typeof KEY_STATES)[number];

/** A configured name or a thumbprint. Compared exactly, never by prefix. */
export function isKid(text: string): boolean {
  return KID.test(text);
}

/** Members beside the key itself. Times are Unix seconds. */
export interface JwkExtra {
  readonly kid?: string;
  readonly use?: 'sig';
  readonly purpose?: readonly KeyPurpose[];
  readonly tenants?: readonly string[];
  readonly nbf?: number;
  readonly exp?: number;
  readonly state?: KeyState;
}

export type PublicJwk = JwkExtra & {
  readonly kty: 'OKP';
  readonly crv: 'Ed25519';
  /** 43 characters of base64url. */
  readonly x: string;
  readonly kid: string;
};

/** RFC 8037 form; kid is the thumbprint unless `extra` names another. */
export function toJwk(key: Ed25519PublicKey, extra: JwkExtra = {}): PublicJwk {
  return { kty: 'OKP', crv: 'Ed25519', x: base64url.encode(key.raw), kid: key.kid, ...extra };
}

/** `key_invalid` unless it is a public Ed25519 key in strict base64url that passes `importPublicKey`. */
export function fromJwk(jwk: JsonValue): Result<Ed25519PublicKey> {
  if (!isJsonObject(jwk) || jwk.kty !== 'OKP' || jwk.crv !== 'Ed25519') {
    return invalid('not an Ed25519 JWK');
  }
  if (Object.hasOwn(jwk, 'd')) {
    return invalid('the JWK holds a private key, which must never travel');
  }
  const x = jwk.x;
  if (typeof x !== 'string' || !/^[A-Za-z0-9_-]{43}$/.test(x)) {
    return invalid('the member x is not 43 characters of base64url');
  }
  const raw = base64url.decode(x);
  if (base64url.encode(raw) !== x) {
    return invalid('the member x has unused bits that are not zero');
  }
  return importPublicKey(raw);
}

/** A key of a set with what was declared about it; null where nothing was. */
export interface JwkSetEntry {
  /** The declared name, else the thumbprint. */
  readonly kid: string;
  readonly key: Ed25519PublicKey;
  readonly purposes: readonly KeyPurpose[] | null;
  readonly tenants: readonly string[] | null;
  readonly notBefore: number | null;
  readonly notAfter: number | null;
  readonly state: KeyState | null;
}

/** A key costs a millisecond to validate: a set of a megabyte must not stop the process for seconds. */
const MAX_KEYS = 256;

/**
 * A JWK Set (RFC 7517) of Ed25519 public keys, all or nothing: one bad key refuses the set. Unknown members are
 * ignored, as RFC 7517 demands; the known ones are strict. Two keys of one kid are refused.
 */
export function parseJwkSet(json: JsonValue): Result<readonly JwkSetEntry[]> {
  const keys = isJsonObject(json) ? json.keys : undefined;
  if (!Array.isArray(keys)) {
    return invalid('a JWK Set has an array of keys');
  }
  if (keys.length > MAX_KEYS) {
    return invalid(`a JWK Set has at most ${MAX_KEYS} keys`);
  }
  const entries: JwkSetEntry[] = [];
  for (const [index, jwk] of keys.entries()) {
    const entry = parseJwk(jwk as JsonValue);
    if (!entry.ok) {
      return { ...entry, path: `/keys/${index}` };
    }
    if (entries.some((other) => other.kid === entry.value.kid)) {
      return invalid('two keys of the set have the same kid', `/keys/${index}`);
    }
    entries.push(entry.value);
  }
  return accept(entries);
}

/** One key with its declarations. */
export function parseJwk(jwk: JsonValue): Result<JwkSetEntry> {
  const key = fromJwk(jwk);
  if (!key.ok) {
    return key;
  }
  const object = jwk as JsonObject;
  const kid = object.kid ?? key.value.kid;
  const purposes = object.purpose ?? null;
  const tenants = object.tenants ?? null;
  const notBefore = object.nbf ?? null;
  const notAfter = object.exp ?? null;
  const state = object.state ?? null;
  if (typeof kid !== 'string' || !isKid(kid)) {
    return invalid('the kid is not a key name');
  }
  if ((object.use ?? 'sig') !== 'sig' || (object.alg ?? 'EdDSA') !== 'EdDSA') {
    return invalid('the key is not declared for EdDSA signatures');
  }
  if (purposes !== null && !isPurposes(purposes)) {
    return invalid('the purpose is not a list of known purposes');
  }
  if (tenants !== null && !isStrings(tenants)) {
    return invalid('the tenants are not a list of strings');
  }
  if (!isTimeOrNull(notBefore) || !isTimeOrNull(notAfter)) {
    return invalid('nbf and exp are Unix seconds');
  }
  if (state !== null && !KEY_STATES.some((known) => known === state)) {
    return invalid('the state is not known');
  }
  return accept({
    kid,
    key: key.value,
    purposes,
    tenants,
    notBefore,
    notAfter,
    state: state as KeyState | null,
  });
}

function isStrings(value: JsonValue): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function isPurposes(value: JsonValue): value is readonly KeyPurpose[] {
  return isStrings(value) && value.every((item) => KEY_PURPOSES.some((purpose) => purpose === item));
}

function isTimeOrNull(value: JsonValue): value is number | null {
  return value === null || (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0);
}

function invalid(detail: string, path?: string): Rejection {
  return reject('key_invalid', detail, path);
}
