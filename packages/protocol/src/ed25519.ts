import { Point } from '@noble/ed25519';
import { backend } from '#ed25519-backend';
import { decodeBase64Strict, encodeBase64 } from './base64.ts';
import type { PreparedKey } from './ed25519-backend.ts';
import { backend as portableBackend } from './ed25519-portable.ts';
import { type Rejection, type Result, reject } from './result.ts';
import { thumbprint } from './thumbprint.ts';

export { decodeBase64Strict, decodeSignature, encodeBase64 } from './base64.ts';

/** Only `importPublicKey` holds it, so that no key exists which was not validated. */
const VALIDATED = Symbol('validated');

/** The key as the backend of this platform, or the portable one, holds it; made on first use, kept with the key. */
let preparedFor: (key: Ed25519PublicKey) => PreparedKey;
let portableFor: (key: Ed25519PublicKey) => PreparedKey;

/** A public key that has passed every check of PROTOCOL.md section 3. Immutable. */
export class Ed25519PublicKey {
  /** RFC 7638 thumbprint, 43 characters of base64url. */
  readonly kid: string;
  readonly #raw: Uint8Array;
  #prepared: PreparedKey | null = null;
  #portable: PreparedKey | null = null;

  /** Use `importPublicKey`. */
  constructor(raw: Uint8Array, proof: symbol) {
    if (proof !== VALIDATED) {
      throw new TypeError('use importPublicKey');
    }
    this.#raw = raw;
    this.kid = thumbprint(raw);
  }

  /** A copy of the 32 bytes. */
  get raw(): Uint8Array {
    return this.#raw.slice();
  }

  toBase64(): string {
    return encodeBase64(this.#raw);
  }

  static {
    preparedFor = (key) => {
      key.#prepared ??= backend.prepare(key.#raw);
      return key.#prepared;
    };
    portableFor = (key) => {
      key.#portable ??= portableBackend.prepare(key.#raw);
      return key.#portable;
    };
  }
}

/**
 * @param raw 32 bytes, or their strict base64.
 * @returns `key_invalid` unless the encoding is canonical and the point is on the curve and in the prime-order
 * subgroup. A key of small or mixed order verifies signatures that nobody made; a placeholder would be trusted
 * because somebody forgot to replace it. Costs about a millisecond: do it when a key is loaded.
 */
export function importPublicKey(raw: Uint8Array | string): Result<Ed25519PublicKey> {
  const decoded = typeof raw === 'string' ? decodeBase64Strict(raw) : Uint8Array.from(raw);
  if (decoded === null) {
    return invalid('the key is not strict base64');
  }
  if (decoded.length !== 32) {
    return invalid('the key is not 32 bytes long');
  }
  if (decoded.every((byte) => byte === decoded[0])) {
    return invalid('the key is a placeholder: all of its bytes are the same');
  }
  let point: Point;
  try {
    point = Point.fromBytes(decoded);
  } catch {
    return invalid('the key is not the canonical encoding of a point on the curve');
  }
  if (point.isSmallOrder()) {
    return invalid('the key is a point of small order');
  }
  if (!point.isTorsionFree()) {
    return invalid('the key is a point of mixed order');
  }
  return { ok: true, value: new Ed25519PublicKey(decoded, VALIDATED) };
}

function invalid(detail: string): Rejection {
  return reject('key_invalid', detail);
}

/**
 * Synchronous; on Node by OpenSSL, elsewhere by the portable path, with the same decision.
 * False for every signature that is not one, whatever its length; never throws.
 */
export function verifyEd25519(key: Ed25519PublicKey, message: Uint8Array, signature: Uint8Array): boolean {
  return wellFormed(signature) && preparedFor(key).verify(message, signature);
}

/** encode(S*B - k*A) === R, in plain arithmetic; about fifteen times slower than OpenSSL. */
export function verifyEd25519Portable(
  key: Ed25519PublicKey,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  return wellFormed(signature) && portableFor(key).verify(message, signature);
}

/** As `verifyEd25519`, on Node on the thread pool. The caller must not change the bytes meanwhile. */
export async function verifyEd25519Async(
  key: Ed25519PublicKey,
  message: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  return wellFormed(signature) && (await preparedFor(key).verifyAsync(message, signature));
}

/** L, little-endian: 2^252 + 27742317777372353535851937790883648493. */
const ORDER = Uint8Array.of(
  0xed,
  0xd3,
  0xf5,
  0x5c,
  0x1a,
  0x63,
  0x12,
  0x58,
  0xd6,
  0x9c,
  0xf7,
  0xa2,
  0xde,
  0xf9,
  0xde,
  0x14,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0x10,
);

/** 64 bytes and S < L: S + L would be a second signature of the same message (malleability). */
function wellFormed(signature: Uint8Array): boolean {
  if (signature.length !== 64) {
    return false;
  }
  for (let i = 31; i >= 0; i--) {
    const s = signature[32 + i] ?? 0;
    const order = ORDER[i] ?? 0;
    if (s !== order) {
      return s < order;
    }
  }
  return false;
}
