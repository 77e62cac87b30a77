import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import {
  accept,
  type Ed25519PublicKey,
  type KeyPurpose,
  type PublicJwk,
  type Result,
  reject,
  toJwk,
} from '@nyxera/federation-protocol';
import { createLocalSigner } from '../local-signer.ts';
import type { Signer, SignerCapabilities, SignerHealth } from '../signer.ts';
import { rejectionOf, SignerFault } from '../signer-fault.ts';
import { ENDORSEMENT_SKEW_SECONDS, MAX_ENDORSEMENT_SECONDS, signEndorsement } from './endorsement.ts';

export interface DelegationOptions {
  readonly purpose: KeyPurpose;
  /** null: the tenants of the endorsing key. */
  readonly tenants: readonly string[] | null;
  /** How long the new key signs, seconds; 60 to 86,400. */
  readonly lifetimeSeconds: number;
  /** Unix milliseconds. */
  readonly now: () => number;
}

export interface DelegatedSigner extends Signer {
  /** What the custodian's key says of this one; `verifyEndorsement` reads it. */
  readonly endorsement: string;
  /** For the signed key set (PROTOCOL.md section 19): purpose, tenants, nbf and exp are in it. */
  readonly jwk: PublicJwk;
}

const MIN_LIFETIME_SECONDS = 60;

/**
 * A new Ed25519 key in this process's memory, which the custodian's key endorses with one signature, so that the
 * throughput does not depend on the custodian. It has one key and one kid for its whole life, and stops signing
 * `ENDORSEMENT_SKEW_SECONDS` before its end, so that nothing arrives signed by a key that is over: whoever needs more
 * delegates again in time, publishes the new key and closes this one. The custodian's signer stays the caller's.
 *
 * The key can be read by whoever can read this process's memory. That is the price, and why it is short-lived.
 */
export async function delegateSigning(
  root: Signer,
  options: DelegationOptions,
): Promise<Result<DelegatedSigner>> {
  const { lifetimeSeconds, purpose, tenants, now } = options;
  const whole = Number.isSafeInteger(lifetimeSeconds);
  if (!whole || lifetimeSeconds < MIN_LIFETIME_SECONDS || lifetimeSeconds > MAX_ENDORSEMENT_SECONDS) {
    return reject(
      'key_invalid',
      `a delegated key lives ${MIN_LIFETIME_SECONDS} to ${MAX_ENDORSEMENT_SECONDS} seconds`,
    );
  }
  const local = createLocalSigner({ seed: new Uint8Array(randomBytes(32)), claimedPublicKey: null });
  if (!local.ok) return local;
  const key = await local.value.publicKey();
  const issuedAt = Math.floor(now() / 1000);
  const expires = issuedAt + lifetimeSeconds;
  try {
    const times = { issuedAt, notBefore: issuedAt, expires };
    const endorsement = await signEndorsement(root, { key, purpose, tenants, ...times });
    const extra = { use: 'sig', purpose: [purpose], nbf: issuedAt, exp: expires } as const;
    const jwk = toJwk(key, tenants === null ? extra : { ...extra, tenants });
    return accept(new MemorySigner(local.value, root, { endorsement, jwk, expires, now }));
  } catch (error) {
    await local.value.close();
    return rejectionOf(error);
  }
}

interface MemorySignerParts {
  readonly endorsement: string;
  readonly jwk: PublicJwk;
  /** Unix seconds. */
  readonly expires: number;
  readonly now: () => number;
}

class MemorySigner implements DelegatedSigner {
  readonly #local: Signer;
  readonly #expires: number;
  readonly #now: () => number;
  readonly endorsement: string;
  readonly jwk: PublicJwk;
  readonly capabilities: SignerCapabilities;

  constructor(local: Signer, root: Signer, parts: MemorySignerParts) {
    this.#local = local;
    this.#expires = parts.expires;
    this.#now = parts.now;
    this.endorsement = parts.endorsement;
    this.jwk = parts.jwk;
    const custodian = `memory, endorsed by ${root.capabilities.custodian}`;
    this.capabilities = { ...local.capabilities, custodian };
  }

  async sign(message: Uint8Array): Promise<Uint8Array> {
    if (this.#now() / 1000 >= this.#expires - ENDORSEMENT_SKEW_SECONDS) {
      throw new SignerFault('delegation_expired', 'the endorsed key is over; delegate again');
    }
    return this.#local.sign(message);
  }

  publicKey(): Promise<Ed25519PublicKey> {
    return this.#local.publicKey();
  }

  kid(): Promise<string> {
    return this.#local.kid();
  }

  async health(): Promise<SignerHealth> {
    if (this.#now() / 1000 >= this.#expires - ENDORSEMENT_SKEW_SECONDS) {
      return { ok: false, reason: 'delegation_expired: the endorsed key is over' };
    }
    return this.#local.health();
  }

  close(): Promise<void> {
    return this.#local.close();
  }

  toJSON(): { signer: string; kid: string } {
    return { signer: this.capabilities.custodian, kid: this.jwk.kid };
  }

  [inspect.custom](): string {
    return `DelegatedSigner { kid: '${this.jwk.kid}' }`;
  }
}
