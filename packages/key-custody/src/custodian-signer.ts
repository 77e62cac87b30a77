import { inspect, types } from 'node:util';
import {
  accept,
  type Ed25519PublicKey,
  ProtocolError,
  type Result,
  verifyEd25519,
  verifyEd25519Async,
} from '@nyxera/federation-protocol';
import { HEALTH_PROBE, probeOf } from './probe.ts';
import type { Signer, SignerCapabilities, SignerHealth } from './signer.ts';
import { rejectionOf, SignerFault } from './signer-fault.ts';

/** What holds the key elsewhere: an HSM, a key service. `createCustodianSigner` makes a `Signer` of it. */
export interface Custodian {
  readonly publicKey: Ed25519PublicKey;
  readonly capabilities: SignerCapabilities;
  /** 64 bytes over a message that nobody else can change. Rejects with a `SignerFault`. May be called concurrently. */
  sign(message: Uint8Array): Promise<Uint8Array>;
  /** Called once, when no signature is under way. Never rejects. */
  close(): Promise<void>;
}

// Above this a verification would hold the event loop for longer than the way to the thread pool takes.
const INLINE_LIMIT = 16_384;

/** Everything that the contract asks for and that does not depend on where the key is. */
export function createCustodianSigner(custodian: Custodian): Signer {
  return new CustodianSigner(custodian);
}

/**
 * As above, and proves before the signer is handed out that the key signs, that its public half is the right one, and
 * that a message of `largestInputBytes` goes through: devices and services have limits that no attribute tells, and an
 * operator should meet them at start, not with the first large batch. The custodian is closed where it is refused.
 */
export async function openCustodianSigner(
  custodian: Custodian,
  largestInputBytes: number,
): Promise<Result<Signer>> {
  const signer = createCustodianSigner(custodian);
  try {
    await signer.sign(HEALTH_PROBE);
    if (largestInputBytes > HEALTH_PROBE.length) await proveLargest(signer, largestInputBytes);
    return accept(signer);
  } catch (error) {
    await signer.close();
    return rejectionOf(error);
  }
}

async function proveLargest(signer: Signer, bytes: number): Promise<void> {
  try {
    await signer.sign(probeOf(bytes));
  } catch (error) {
    const fault = error instanceof SignerFault ? error.fault : 'input_too_large';
    // A service that is away would also fail; only what says no to this size is blamed on the size.
    const sized = ['input_too_large', 'vault_request_refused', 'token_failed'].includes(fault);
    if (!sized) throw error;
    throw new SignerFault(
      'input_too_large',
      `this custodian does not sign a message of ${bytes} bytes, which this program may have to send; raise its limit, or sign with a key that has none`,
    );
  }
}

class CustodianSigner implements Signer {
  readonly #custodian: Custodian;
  readonly #underWay = new Set<Promise<unknown>>();
  #closing: Promise<void> | null = null;
  readonly capabilities: SignerCapabilities;

  constructor(custodian: Custodian) {
    this.#custodian = custodian;
    this.capabilities = custodian.capabilities;
  }

  async sign(message: Uint8Array): Promise<Uint8Array> {
    if (!types.isUint8Array(message)) throw new TypeError('a message to sign is a Uint8Array');
    if (this.#closing !== null) {
      throw new ProtocolError('key_invalid', 'the signer is closed; open it again to sign');
    }
    const limit = this.capabilities.maxInputBytes;
    if (limit !== null && message.length > limit) {
      throw new SignerFault(
        'input_too_large',
        `the message has ${message.length} bytes, and this custodian signs at most ${limit}`,
      );
    }
    // Ed25519 hashes the message twice, and a retry sends it again: nobody else may reach what is signed.
    const work = this.#signVerified(new Uint8Array(message));
    this.#underWay.add(work);
    try {
      return await work;
    } finally {
      this.#underWay.delete(work);
    }
  }

  /**
   * A signature that does not verify never leaves: it would be a device whose key was exchanged, or one at fault, and
   * a faulty deterministic signature can give the key away.
   */
  async #signVerified(message: Uint8Array): Promise<Uint8Array> {
    const signature = await this.#custodian.sign(message);
    const key = this.#custodian.publicKey;
    const right =
      message.length <= INLINE_LIMIT
        ? verifyEd25519(key, message, signature)
        : await verifyEd25519Async(key, message, signature);
    if (right) return signature;
    throw new SignerFault(
      'signature_wrong',
      'the custodian made a signature that does not verify under its public key; it is not used',
    );
  }

  async publicKey(): Promise<Ed25519PublicKey> {
    return this.#custodian.publicKey;
  }

  async kid(): Promise<string> {
    return this.#custodian.publicKey.kid;
  }

  async health(): Promise<SignerHealth> {
    if (this.#closing !== null) return { ok: false, reason: 'the signer is closed' };
    try {
      await this.sign(HEALTH_PROBE);
      return { ok: true };
    } catch (error) {
      return {
        ok: false,
        reason: error instanceof ProtocolError ? error.message : 'the signer failed to sign',
      };
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#finish();
    return this.#closing;
  }

  async #finish(): Promise<void> {
    await Promise.allSettled(this.#underWay);
    await this.#custodian.close();
  }

  toJSON(): { signer: string; kid: string } {
    return { signer: this.capabilities.custodian, kid: this.#custodian.publicKey.kid };
  }

  [inspect.custom](): string {
    return `CustodianSigner { custodian: '${this.capabilities.custodian}', kid: '${this.#custodian.publicKey.kid}' }`;
  }
}
