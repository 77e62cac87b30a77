import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import type { Ed25519Backend, PreparedKey } from './ed25519-backend.ts';
import { backend as portableBackend } from './ed25519-portable.ts';
import { concatBytes } from './utf8.ts';

/** DER of SubjectPublicKeyInfo (RFC 8410) up to the 32 bytes of the key. */
const SPKI_PREFIX = Uint8Array.of(0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00);

/** OpenSSL: recomputes R without the cofactor and compares its encoding with the signature's, byte for byte. */
class OpenSslKey implements PreparedKey {
  readonly #raw: Uint8Array;
  readonly #key: KeyObject;
  #portable: PreparedKey | null = null;

  constructor(raw: Uint8Array) {
    this.#raw = raw.slice();
    const der = concatBytes(SPKI_PREFIX, raw);
    this.#key = createPublicKey({ key: Buffer.from(der), format: 'der', type: 'spki' });
  }

  verify(message: Uint8Array, signature: Uint8Array): boolean {
    if (startsWithIdentity(signature)) {
      return this.#verifyPortable(message, signature);
    }
    return verify(null, message, this.#key, signature);
  }

  /** On the thread pool, so that the event loop goes on and all cores verify. */
  verifyAsync(message: Uint8Array, signature: Uint8Array): Promise<boolean> {
    if (startsWithIdentity(signature)) {
      return Promise.resolve(this.#verifyPortable(message, signature));
    }
    return new Promise((resolve, fail) => {
      verify(null, message, this.#key, signature, (error, valid) => {
        if (error === null) {
          resolve(valid);
        } else {
          fail(error);
        }
      });
    });
  }

  #verifyPortable(message: Uint8Array, signature: Uint8Array): boolean {
    this.#portable ??= portableBackend.prepare(this.#raw);
    return this.#portable.verify(message, signature);
  }
}

/**
 * Whether R is the identity. Newer versions of Node refuse every R of small order before they ask OpenSSL, older
 * ones do not. For a key of the prime-order subgroup the equation can hold for only one of those points, the
 * identity, and section 3 accepts it then; so that one is decided by arithmetic, the same on every version. Nobody
 * but the owner of the key can make such a signature, and no honest signer does.
 */
function startsWithIdentity(signature: Uint8Array): boolean {
  if (signature[0] !== 1) {
    return false;
  }
  for (let i = 1; i < 32; i++) {
    if (signature[i] !== 0) {
      return false;
    }
  }
  return true;
}

export const backend: Ed25519Backend = {
  prepare: (raw) => new OpenSslKey(raw),
};
