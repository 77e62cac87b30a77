import { decodeSignature } from './base64.ts';
import { HEX_64, KID, NONCE, TIMESTAMP, VISIBLE_ASCII_128 } from './header-forms.ts';
import { accept, type Rejection, type Result, reject } from './result.ts';

/** Names of section 2, lower case. Repetition is looked for in whatever case a peer writes them. */
export const SECURITY_HEADERS = {
  identity: 'x-service-identity',
  clientCertSha256: 'x-client-cert-sha256',
  timestamp: 'x-telemetry-timestamp',
  nonce: 'x-telemetry-nonce',
  signature: 'x-telemetry-signature',
  keyId: 'x-telemetry-key-id',
  idempotencyKey: 'idempotency-key',
} as const;

export interface IdentityHeaders {
  /** The declared service identity; to be compared exactly. */
  readonly identity: string;
  /** The claimed fingerprint, lower case; to be compared with the certificate, never believed. */
  readonly clientCertSha256: string;
}

export interface SignatureHeaders {
  /** Unix seconds. */
  readonly timestamp: number;
  readonly nonce: string;
  /** 64 bytes. */
  readonly signature: Uint8Array;
  /** The named key is then tried alone; null: every key of the identity that may verify. */
  readonly keyId: string | null;
}

/**
 * @param rawHeaders names and values alternating, as node's `IncomingMessage.rawHeaders`: the merged form hides
 * repetition, and a proxy and a server that pick different ones of two values is how requests are smuggled.
 * @returns `missing_header` or `malformed_header`.
 */
export function parseIdentityHeaders(rawHeaders: readonly string[]): Result<IdentityHeaders> {
  const identity = required(rawHeaders, SECURITY_HEADERS.identity, VISIBLE_ASCII_128);
  if (!identity.ok) {
    return identity;
  }
  const claimed = required(rawHeaders, SECURITY_HEADERS.clientCertSha256, HEX_64);
  if (!claimed.ok) {
    return claimed;
  }
  return accept({ identity: identity.value, clientCertSha256: claimed.value.toLowerCase() });
}

/**
 * As `parseIdentityHeaders`, for the headers of the request signature. `Idempotency-Key` has no form and decides
 * nothing; it is looked at because section 2 wants each of its headers at most once.
 */
export function parseSignatureHeaders(rawHeaders: readonly string[]): Result<SignatureHeaders> {
  const timestamp = required(rawHeaders, SECURITY_HEADERS.timestamp, TIMESTAMP);
  if (!timestamp.ok) {
    return timestamp;
  }
  const nonce = required(rawHeaders, SECURITY_HEADERS.nonce, NONCE);
  if (!nonce.ok) {
    return nonce;
  }
  const text = required(rawHeaders, SECURITY_HEADERS.signature);
  if (!text.ok) {
    return text;
  }
  const signature = decodeSignature(text.value);
  if (signature === null) {
    return malformed(SECURITY_HEADERS.signature);
  }
  const keyId = optional(rawHeaders, SECURITY_HEADERS.keyId, KID);
  if (!keyId.ok) {
    return keyId;
  }
  const idempotencyKey = optional(rawHeaders, SECURITY_HEADERS.idempotencyKey);
  if (!idempotencyKey.ok) {
    return idempotencyKey;
  }
  return accept({ timestamp: Number(timestamp.value), nonce: nonce.value, signature, keyId: keyId.value });
}

function required(rawHeaders: readonly string[], name: string, form?: RegExp): Result<string> {
  const found = optional(rawHeaders, name, form);
  if (found.ok && found.value === null) {
    return reject('missing_header', `${name} is absent`);
  }
  return found as Result<string>;
}

function optional(rawHeaders: readonly string[], name: string, form?: RegExp): Result<string | null> {
  let value: string | null = null;
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const candidate = rawHeaders[i];
    if (candidate?.length === name.length && candidate.toLowerCase() === name) {
      if (value !== null) {
        return malformed(name);
      }
      value = rawHeaders[i + 1] ?? '';
    }
  }
  return value !== null && form !== undefined && !form.test(value) ? malformed(name) : accept(value);
}

/** The name is ours, from the table above; the value is never repeated. */
function malformed(name: string): Rejection {
  return reject('malformed_header', `${name} is repeated or malformed`);
}
