import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import type { Ed25519Backend, PreparedKey } from './ed25519-backend.ts';
import { concatBytes } from './utf8.ts';

/** DER of SubjectPublicKeyInfo (RFC 8410) up to the 32 bytes of the key. */
const SPKI_PREFIX = Uint8Array.of(0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00);

/** OpenSSL: recomputes R without the cofactor and compares its encoding with the signature's, byte for byte. */
class OpenSslKey implements PreparedKey {
  readonly #key: KeyObject;

  constructor(raw: Uint8Array) {
    const der = concatBytes(SPKI_PREFIX, raw);
    this.#key = createPublicKey({ key: Buffer.from(der), format: 'der', type: 'spki' });
  }

  verify(message: Uint8Array, signature: Uint8Array): boolean {
    return verify(null, message, this.#key, signature);
  }

  /** On the thread pool, so that the event loop goes on and all cores verify. */
  verifyAsync(message: Uint8Array, signature: Uint8Array): Promise<boolean> {
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
}

export const backend: Ed25519Backend = {
  prepare: (raw) => new OpenSslKey(raw),
};
