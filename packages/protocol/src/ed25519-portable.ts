import { Point } from '@noble/ed25519';
import { sha512 } from '@noble/hashes/sha2.js';
import type { Ed25519Backend, PreparedKey } from './ed25519-backend.ts';
import { concatBytes, equalBytes } from './utf8.ts';

/** L, the order of the prime-order subgroup. */
const ORDER = Point.CURVE().n;

/**
 * RFC 8032 section 5.1.7 without the cofactor: encode(S*B - k*A) equals R, byte for byte. noble's own `verify` is
 * not used, because it multiplies by the cofactor and so accepts an R with a torsion component, which OpenSSL
 * refuses: two replicas would disagree about one signature.
 */
class PortableKey implements PreparedKey {
  readonly #raw: Uint8Array;
  readonly #negated: Point;

  constructor(raw: Uint8Array) {
    this.#raw = raw.slice();
    this.#negated = Point.fromBytes(raw).negate();
  }

  verify(message: Uint8Array, signature: Uint8Array): boolean {
    const r = signature.subarray(0, 32);
    const s = littleEndian(signature.subarray(32, 64));
    if (s >= ORDER) {
      return false;
    }
    const k = littleEndian(sha512(concatBytes(r, this.#raw, message))) % ORDER;
    const recomputed = Point.BASE.multiplyUnsafe(s).add(this.#negated.multiplyUnsafe(k));
    return equalBytes(recomputed.toBytes(), r);
  }

  verifyAsync(message: Uint8Array, signature: Uint8Array): Promise<boolean> {
    return Promise.resolve(this.verify(message, signature));
  }
}

function littleEndian(bytes: Uint8Array): bigint {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) {
    value = (value << 8n) | BigInt(bytes[i] ?? 0);
  }
  return value;
}

export const backend: Ed25519Backend = {
  prepare: (raw) => new PortableKey(raw),
};
