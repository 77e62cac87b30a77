import { createPrivateKey, createPublicKey, sign as cryptoSign, type KeyObject } from 'node:crypto';
import { inspect, types } from 'node:util';
import {
  accept,
  type Ed25519PublicKey,
  importPublicKey,
  ProtocolError,
  type Result,
  reject,
  verifyEd25519,
} from '@nyxera/federation-protocol';
import type { PrivateKey } from './private-key.ts';
import { HEALTH_PROBE } from './probe.ts';
import type { Signer, SignerCapabilities, SignerHealth } from './signer.ts';

// RFC 8410 section 7: everything of the PKCS#8 structure that comes before the 32 bytes of the seed.
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
/**
 * Messages up to this many bytes are signed at once (0.1 ms at most); the way to the thread pool and back would
 * cost as much again. Longer ones go there, so that a batch of megabytes does not hold the event loop.
 */
const INLINE_LIMIT = 16_384;

/**
 * A signer over a key in this process's memory. Overwrites `key.seed`. Refused with `key_invalid`: an all-zero
 * seed (a file that was never filled), a claimed public key that is not the seed's, and a public key that the
 * protocol refuses. `detail` begins with a verb: the caller puts the source before it.
 */
export function createLocalSigner(key: PrivateKey, custodian = 'key file'): Result<Signer> {
  if (key.seed.every((byte) => byte === 0)) {
    return reject('key_invalid', 'holds a placeholder (all bytes zero), not a key; generate one');
  }
  const der = Buffer.concat([PKCS8_PREFIX, key.seed]);
  key.seed.fill(0);
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  der.fill(0);
  const raw = rawPublicKey(privateKey);
  if (key.claimedPublicKey !== null && Buffer.compare(raw, key.claimedPublicKey) !== 0) {
    return reject('key_invalid', 'is damaged: the public key in it does not belong to its private key');
  }
  const publicKey = importPublicKey(raw);
  if (!publicKey.ok) return reject('key_invalid', `holds a key that must not be used: ${publicKey.detail}`);
  return accept(new LocalSigner(privateKey, publicKey.value, custodian));
}

/** The last 32 bytes of the SubjectPublicKeyInfo (RFC 8410 section 4). */
export function rawPublicKey(key: KeyObject): Uint8Array {
  return new Uint8Array(createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32));
}

/** The key is in a private member: inspection, JSON and errors cannot reach it. */
class LocalSigner implements Signer {
  #privateKey: KeyObject | null;
  readonly #publicKey: Ed25519PublicKey;
  readonly capabilities: SignerCapabilities;

  constructor(privateKey: KeyObject, publicKey: Ed25519PublicKey, custodian: string) {
    this.#privateKey = privateKey;
    this.#publicKey = publicKey;
    this.capabilities = { custodian, maxInputBytes: null, batch: false };
  }

  async sign(message: Uint8Array): Promise<Uint8Array> {
    // Without this a string would be copied as zeros, and something else than what was meant would be signed.
    if (!types.isUint8Array(message)) throw new TypeError('a message to sign is a Uint8Array');
    const key = this.#privateKey;
    if (key === null) throw new ProtocolError('key_invalid', 'the signer is closed; open it again to sign');
    // Ed25519 hashes the message twice. If it changed in between, two signatures under one nonce would give
    // the private key away, so a copy that nobody else can reach is signed.
    const snapshot = new Uint8Array(message);
    if (snapshot.length <= INLINE_LIMIT) return new Uint8Array(cryptoSign(null, snapshot, key));
    return new Promise((resolve, reject_) => {
      cryptoSign(null, snapshot, key, (error, signature) => {
        if (error === null) resolve(new Uint8Array(signature));
        else reject_(error);
      });
    });
  }

  async publicKey(): Promise<Ed25519PublicKey> {
    return this.#publicKey;
  }

  async kid(): Promise<string> {
    return this.#publicKey.kid;
  }

  async health(): Promise<SignerHealth> {
    if (this.#privateKey === null) return { ok: false, reason: 'the signer is closed' };
    try {
      const signature = await this.sign(HEALTH_PROBE);
      if (verifyEd25519(this.#publicKey, HEALTH_PROBE, signature)) return { ok: true };
      return { ok: false, reason: 'the signer made a signature that does not verify' };
    } catch {
      return { ok: false, reason: 'the signer failed to sign' };
    }
  }

  async close(): Promise<void> {
    this.#privateKey = null;
  }

  toJSON(): { signer: string; kid: string } {
    return { signer: 'local', kid: this.#publicKey.kid };
  }

  [inspect.custom](): string {
    return `LocalSigner { kid: '${this.#publicKey.kid}' }`;
  }
}
