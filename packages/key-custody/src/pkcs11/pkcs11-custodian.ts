import type { Ed25519PublicKey } from '@nyxera/federation-protocol';
import type { Custodian } from '../custodian-signer.ts';
import type { SignerCapabilities } from '../signer.ts';
import { SignerFault } from '../signer-fault.ts';
import {
  CKF_SERIAL_SESSION,
  CKM_EDDSA,
  CKR,
  CKU_USER,
  type Cryptoki,
  returnValueOf,
  type SessionHandle,
} from './cryptoki.ts';
import { isSessionLost, tokenFault } from './describe-return-value.ts';
import { type FoundKey, findKey } from './find-key.ts';
import { findToken } from './find-token.ts';
import { type Pkcs11Module, useModule } from './load-module.ts';
import type { Pkcs11Uri } from './pkcs11-uri.ts';
import { type KeySession, SessionPool } from './session-pool.ts';

const SIGNATURE_BYTES = 64;

/** The PIN, read anew for every login, so that nothing of it is kept between. Throws a `SignerFault`. */
export type ReadPin = () => Promise<string>;

/**
 * A key in a PKCS#11 token. Signatures run on the thread pool; opening a session and C_SignInit run on the event loop,
 * because pkcs11js offers nothing else: with a token behind a network each costs its round trip.
 *
 * Throws a `SignerFault` where the token or its key cannot be used. `now` is in Unix milliseconds.
 */
export async function openPkcs11Custodian(
  uri: Pkcs11Uri,
  readPin: ReadPin,
  now: () => number,
): Promise<Custodian> {
  const module = await useModule(uri.modulePath);
  const token = new TokenKey(module, uri, readPin, now);
  try {
    return await token.open();
  } catch (error) {
    await token.close();
    throw tokenFault(error);
  }
}

class TokenKey {
  readonly #module: Pkcs11Module;
  readonly #cryptoki: Cryptoki;
  readonly #uri: Pkcs11Uri;
  readonly #readPin: ReadPin;
  readonly #now: () => number;
  readonly #pool: SessionPool;
  #known: Ed25519PublicKey | null = null;
  #pinFault: SignerFault | null = null;
  #description = '';

  constructor(module: Pkcs11Module, uri: Pkcs11Uri, readPin: ReadPin, now: () => number) {
    this.#now = now;
    this.#module = module;
    this.#cryptoki = module.cryptoki;
    this.#uri = uri;
    this.#readPin = readPin;
    this.#pool = new SessionPool({
      open: () => this.#openSession(),
      close: ({ session }) => this.#closeSession(session),
      size: uri.sessions,
    });
  }

  async open(): Promise<Custodian> {
    await this.#pool.use(async () => undefined);
    if (this.#known === null) throw new SignerFault('token_failed', 'the token gave no key');
    const capabilities: SignerCapabilities = {
      custodian: `PKCS#11 ${this.#description}`,
      maxInputBytes: this.#uri.maxInputBytes,
      batch: false,
    };
    return {
      publicKey: this.#known,
      capabilities,
      sign: (message) => this.#sign(Buffer.from(message.buffer, message.byteOffset, message.byteLength)),
      close: () => this.close(),
    };
  }

  async close(): Promise<void> {
    this.#pool.forgetAll();
    this.#module.release();
  }

  /** Once more in a new session where the old one was lost: the token was reset, or pulled out and put back. */
  async #sign(message: Buffer): Promise<Uint8Array> {
    try {
      return await this.#signOnce(message);
    } catch (error) {
      if (!isSessionLost(error)) throw tokenFault(error);
    }
    this.#pool.forgetAll();
    try {
      return await this.#signOnce(message);
    } catch (error) {
      throw tokenFault(error);
    }
  }

  #signOnce(message: Buffer): Promise<Uint8Array> {
    return this.#pool.use(async ({ session, key }) => {
      this.#cryptoki.C_SignInit(session, { mechanism: CKM_EDDSA }, key);
      const room = Buffer.alloc(SIGNATURE_BYTES);
      const signing = this.#module.during(() =>
        this.#cryptoki.C_SignAsync(session, withAddress(message), room),
      );
      return new Uint8Array(await signing);
    });
  }

  async #openSession(): Promise<KeySession> {
    // Tries count against the token's limit. A signer that is asked for its health every second would use them up.
    if (this.#pinFault !== null) throw this.#pinFault;
    const { slot, description } = this.#findToken();
    const session = this.#cryptoki.C_OpenSession(slot, CKF_SERIAL_SESSION);
    try {
      await this.#login(session);
      const key = findKey(this.#cryptoki, session, this.#uri);
      this.#remember(key, description);
      return { session, key: key.handle };
    } catch (error) {
      this.#closeSession(session);
      throw error;
    }
  }

  #findToken(): ReturnType<typeof findToken> {
    try {
      return findToken(this.#cryptoki, this.#uri.token);
    } catch (error) {
      if (returnValueOf(error) === CKR.CRYPTOKI_NOT_INITIALIZED) this.#module.initialize();
      else if (!this.#wasThere(error) || !this.#module.restart(this.#now())) throw error;
      return findToken(this.#cryptoki, this.#uri.token);
    }
  }

  /** A token that was never there is a mistake in the URI, and no reason to disturb the others. */
  #wasThere(error: unknown): boolean {
    return this.#known !== null && error instanceof SignerFault && error.fault === 'token_not_found';
  }

  /** A login is the whole process's (PKCS#11 section 5.6), so another session may have made it. */
  async #login(session: SessionHandle): Promise<void> {
    const pin = await this.#readPin();
    try {
      this.#cryptoki.C_Login(session, CKU_USER, pin);
    } catch (error) {
      if (returnValueOf(error) === CKR.USER_ALREADY_LOGGED_IN) return;
      const fault = tokenFault(error);
      if (fault.fault === 'pin_refused' || fault.fault === 'pin_locked') this.#pinFault = fault;
      throw fault;
    }
  }

  /** A kid is for ever: behind a token that was initialised anew another key may have the same name. */
  #remember({ publicKey, extractable }: FoundKey, description: string): void {
    this.#known ??= publicKey;
    this.#description = extractable ? `${description}, and the token would give the key out` : description;
    if (publicKey.kid !== this.#known.kid) {
      throw new SignerFault(
        'signature_wrong',
        'the token now holds another key under this name; open the signer again',
      );
    }
  }

  #closeSession(session: SessionHandle): void {
    try {
      this.#cryptoki.C_CloseSession(session);
    } catch {
      // Gone with the token.
    }
  }
}

/** An empty buffer has no address, and tokens refuse a message without one (CKR_ARGUMENTS_BAD). */
function withAddress(message: Buffer): Buffer {
  return message.length > 0 ? message : Buffer.alloc(1).subarray(0, 0);
}
