import { createPublicKey } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import {
  importPublicKey,
  isJsonObject,
  type JwkSetEntry,
  parseJwk,
  parseJwkSet,
  parseStrictJson,
} from '@nyxera/federation-protocol';
import { CommandRefused } from './command.ts';

const MAX_BYTES = 64 * 1024;
const BASE64_KEY = /^[A-Za-z0-9+/]{43}=$/;

/** A public key as the user gave it: base64, or a file with base64, 32 raw bytes, PEM, a JWK or a JWK Set of one key. */
export function readPublicKey(source: string): { readonly kid: string | null; readonly base64: string } {
  if (BASE64_KEY.test(source)) return fromRaw(Buffer.from(source, 'base64'), source);
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

function fromBytes(bytes: Buffer) {
  if (bytes.length === 32) return fromRaw(bytes, null);
  const text = bytes.toString('utf8').trim();
  if (text.includes('PRIVATE KEY')) return refusePrivate();
  if (text.startsWith('-----BEGIN')) return fromPem(text);
  if (text.startsWith('{')) return fromJson(bytes);
  if (BASE64_KEY.test(text)) return fromRaw(Buffer.from(text, 'base64'), text);
  throw new CommandRefused(
    'key_invalid',
    'not a public key: expected base64 of 32 bytes, 32 raw bytes, PEM or JWK',
  );
}

function fromPem(text: string) {
  try {
    const jwk = createPublicKey(text).export({ format: 'jwk' });
    if (jwk.crv === 'Ed25519' && jwk.x !== undefined) return fromRaw(Buffer.from(jwk.x, 'base64url'), null);
  } catch {
    throw new CommandRefused('key_invalid', 'the PEM file cannot be parsed');
  }
  throw new CommandRefused('key_invalid', 'the PEM file holds another kind of key than Ed25519');
}

function fromJson(bytes: Buffer) {
  const parsed = parseStrictJson(bytes);
  if (!parsed.ok || !isJsonObject(parsed.value)) {
    throw new CommandRefused('key_invalid', 'the file is not a JWK or a JWK Set');
  }
  const object = parsed.value;
  if (object.keys === undefined) {
    const entry = parseJwk(object);
    if (!entry.ok) throw new CommandRefused('key_invalid', entry.detail);
    return fromEntry(entry.value, typeof object.kid === 'string');
  }
  const set = parseJwkSet(object);
  if (!set.ok) throw new CommandRefused('key_invalid', set.detail);
  const [only] = set.value;
  if (only === undefined || set.value.length !== 1) {
    throw new CommandRefused('key_invalid', 'the JWK Set holds more than one key; import them one by one');
  }
  return fromEntry(only, true);
}

function fromEntry(entry: JwkSetEntry, named: boolean) {
  return { kid: named ? entry.kid : null, base64: entry.key.toBase64() };
}

function fromRaw(raw: Buffer, base64: string | null) {
  const key = importPublicKey(base64 ?? new Uint8Array(raw));
  if (!key.ok) throw new CommandRefused('key_invalid', key.detail);
  return { kid: null, base64: key.value.toBase64() };
}

function refusePrivate(): never {
  throw new CommandRefused(
    'key_invalid',
    'this file holds a private key; import the public half (openssl pkey -in key.pem -pubout)',
  );
}
