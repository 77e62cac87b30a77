import { createPublicKey } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import {
  importPublicKey,
  isJsonObject,
  type JwkSetEntry,
  type KeyPurpose,
  type KeyState,
  parseJwk,
  parseJwkSet,
  parseStrictJson,
} from '@nyxera/federation-protocol';
import { CommandRefused } from './command.ts';

const NOTHING_SAID = { purposes: null, tenants: null, notBefore: null, notAfter: null, state: null };
const MAX_BYTES = 64 * 1024;
const BASE64_KEY = /^[A-Za-z0-9+/]{43}=$/;

/** A public key with what its file says about it; null where it says nothing. */
export interface GivenKey {
  readonly kid: string | null;
  readonly base64: string;
  readonly purposes: readonly KeyPurpose[] | null;
  readonly tenants: readonly string[] | null;
  /** Unix seconds. */
  readonly notBefore: number | null;
  readonly notAfter: number | null;
  readonly state: KeyState | null;
}

/** Public keys as the user gave them: base64, or a file with base64, 32 raw bytes, PEM, a JWK or a JWK Set. */
export function readPublicKeys(source: string): readonly GivenKey[] {
  if (BASE64_KEY.test(source)) return [fromRaw(Buffer.from(source, 'base64'), source)];
  return fromBytes(readSmallFile(source));
}

function readSmallFile(path: string): Buffer {
  try {
    if (statSync(path).size <= MAX_BYTES) return readFileSync(path);
  } catch {
    throw new CommandRefused(
      'key_invalid',
      'neither base64 of 32 bytes nor a file that can be read (base64, raw, PEM, JWK)',
    );
  }
  throw new CommandRefused(
    'key_invalid',
    `the file is larger than ${MAX_BYTES} bytes; that is no public key`,
  );
}

function fromBytes(bytes: Buffer): readonly GivenKey[] {
  if (bytes.length === 32) return [fromRaw(bytes, null)];
  const text = bytes.toString('utf8').trim();
  if (text.includes('PRIVATE KEY')) return refusePrivate();
  if (text.startsWith('-----BEGIN')) return [fromPem(text)];
  if (text.startsWith('{')) return fromJson(bytes);
  if (BASE64_KEY.test(text)) return [fromRaw(Buffer.from(text, 'base64'), text)];
  throw new CommandRefused(
    'key_invalid',
    'not a public key: expected base64 of 32 bytes, 32 raw bytes, PEM or JWK',
  );
}

function fromPem(text: string): GivenKey {
  try {
    const jwk = createPublicKey(text).export({ format: 'jwk' });
    if (jwk.crv === 'Ed25519' && jwk.x !== undefined) return fromRaw(Buffer.from(jwk.x, 'base64url'), null);
  } catch {
    throw new CommandRefused('key_invalid', 'the PEM file cannot be parsed');
  }
  throw new CommandRefused('key_invalid', 'the PEM file holds another kind of key than Ed25519');
}

function fromJson(bytes: Buffer): readonly GivenKey[] {
  const parsed = parseStrictJson(bytes);
  if (!parsed.ok || !isJsonObject(parsed.value)) {
    throw new CommandRefused('key_invalid', 'the file is not a JWK or a JWK Set');
  }
  const object = parsed.value;
  if (object.keys === undefined) {
    const entry = parseJwk(object);
    if (!entry.ok) throw new CommandRefused('key_invalid', entry.detail);
    return [fromEntry(entry.value, typeof object.kid === 'string')];
  }
  const set = parseJwkSet(object);
  if (!set.ok) {
    const where = set.path === undefined ? '' : `${set.path}: `;
    throw new CommandRefused('key_invalid', `${where}${set.detail}`);
  }
  if (set.value.length === 0) throw new CommandRefused('key_invalid', 'the JWK Set holds no key');
  return set.value.map((entry) => fromEntry(entry, true));
}

function fromEntry(entry: JwkSetEntry, named: boolean): GivenKey {
  const { kid, key, ...said } = entry;
  return { ...said, kid: named ? kid : null, base64: key.toBase64() };
}

function fromRaw(raw: Buffer, base64: string | null): GivenKey {
  const key = importPublicKey(base64 ?? new Uint8Array(raw));
  if (!key.ok) throw new CommandRefused('key_invalid', key.detail);
  return { ...NOTHING_SAID, kid: null, base64: key.value.toBase64() };
}

function refusePrivate(): never {
  throw new CommandRefused(
    'key_invalid',
    'this file holds a private key; import the public half (openssl pkey -in key.pem -pubout)',
  );
}
