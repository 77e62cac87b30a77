import { createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { fileURLToPath } from 'node:url';
import { errnoCode } from '@nyxera/federation-cli';
import { type Ed25519PublicKey, importPublicKey, isKid, parseStrictJson } from '@nyxera/federation-protocol';
import type { Settings } from './settings.ts';

export interface FeedbackVerifyKey {
  readonly kid: string;
  readonly key: Ed25519PublicKey;
}

const KEYS_VARIABLE = 'VECTORVUE_FEEDBACK_VERIFY_KEYS_JSON';
const SINGLE_KEY_VARIABLE = 'VECTORVUE_FEEDBACK_VERIFY_PUBLIC_KEY_B64';
/** The only kid that a deployed single-key peer knows (PROTOCOL.md section 16). */
const DEFAULT_KID = 'default';
const ED25519_KEY_BYTES = 32;
const BASE64_OF_32_BYTES = /^[A-Za-z0-9+/]{43}=$/;

/**
 * The keys that the environment trusts for feedback, of every tenant. May be empty: keys also come through
 * `peer add`. One kid with two different keys is a fault, not a choice.
 */
export function readFeedbackKeys(settings: Settings): readonly FeedbackVerifyKey[] {
  const keys = new Map<string, FeedbackVerifyKey>();
  const declared = settings.find(KEYS_VARIABLE);
  if (declared !== null) readKeySet(settings, declared.value, keys);
  const single = settings.find(SINGLE_KEY_VARIABLE);
  if (single !== null) addKey(settings, SINGLE_KEY_VARIABLE, DEFAULT_KID, single.value, keys);
  return [...keys.values()];
}

/** The value is the JSON object, or the place of a file that holds it. */
function readKeySet(settings: Settings, value: string, keys: Map<string, FeedbackVerifyKey>): void {
  let bytes: Uint8Array = new TextEncoder().encode(value);
  const path = pathIn(value);
  if (path !== null) {
    try {
      bytes = readFileSync(path);
    } catch (error) {
      settings.fault(KEYS_VARIABLE, `names a file that cannot be read (${reasonOf(error)})`);
      return;
    }
  }
  const parsed = parseStrictJson(bytes);
  if (
    !parsed.ok ||
    typeof parsed.value !== 'object' ||
    parsed.value === null ||
    Array.isArray(parsed.value)
  ) {
    settings.fault(
      KEYS_VARIABLE,
      'is neither a JSON object of kid -> base64 nor the path of a file that holds one',
    );
    return;
  }
  for (const [kid, encoded] of Object.entries(parsed.value)) {
    if (!isKid(kid)) {
      settings.fault(KEYS_VARIABLE, 'has a kid that is not 1 to 64 of A-Z a-z 0-9 . _ -');
    } else if (typeof encoded !== 'string') {
      settings.fault(KEYS_VARIABLE, `${kid}: is not a string`);
    } else {
      addKey(settings, KEYS_VARIABLE, kid, encoded, keys);
    }
  }
}

function addKey(
  settings: Settings,
  variable: string,
  kid: string,
  encoded: string,
  keys: Map<string, FeedbackVerifyKey>,
): void {
  const key = readKey(settings, variable, kid, encoded.trim());
  if (key === null) return;
  const imported = importPublicKey(key);
  if (!imported.ok) {
    settings.fault(variable, `${kid}: ${imported.detail}`, imported.code);
    return;
  }
  const known = keys.get(kid);
  if (known !== undefined && known.key.toBase64() !== imported.value.toBase64()) {
    settings.fault(variable, `${kid}: another key is declared under the same kid`, 'key_invalid');
    return;
  }
  keys.set(kid, { kid, key: imported.value });
}

/** A key may be written out, or be in a file of its own. Base64 may begin with a slash, so its shape is tried first. */
function readKey(
  settings: Settings,
  variable: string,
  kid: string,
  encoded: string,
): string | Uint8Array | null {
  if (BASE64_OF_32_BYTES.test(encoded)) return encoded;
  const path = pathIn(encoded);
  if (path === null) return encoded;
  try {
    return keyIn(readFileSync(path));
  } catch (error) {
    return settings.fault(variable, `${kid}: its file cannot be read (${reasonOf(error)})`);
  }
}

/** A public key file: 32 raw bytes, PEM (SubjectPublicKeyInfo), or base64. What is none of them is refused as base64. */
function keyIn(bytes: Buffer): string | Uint8Array {
  if (bytes.length === ED25519_KEY_BYTES) return new Uint8Array(bytes);
  const text = bytes.toString('utf8').trim();
  // Only this label: from a private key Node would derive the public one, and nobody would notice what lay there.
  if (!text.startsWith('-----BEGIN PUBLIC KEY-----')) return text;
  try {
    const key = createPublicKey(text);
    if (key.asymmetricKeyType !== 'ed25519') return text;
    return new Uint8Array(key.export({ format: 'der', type: 'spki' }).subarray(-ED25519_KEY_BYTES));
  } catch {
    return text;
  }
}

function pathIn(value: string): string | null {
  if (isAbsolute(value)) return value;
  if (!value.startsWith('file:')) return null;
  try {
    return value.startsWith('file://') ? fileURLToPath(value) : value.slice('file:'.length);
  } catch {
    return value.slice('file:'.length);
  }
}

function reasonOf(error: unknown): string {
  return errnoCode(error) ?? 'unknown error';
}
