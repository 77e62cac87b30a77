import type { Ed25519PublicKey } from '@nyxera/federation-protocol';

/**
 * A private Ed25519 key that can be used and not read. The key may lie in a file, in an HSM or behind a
 * network service, so everything is asynchronous and anything may fail later that worked before.
 *
 * Every implementation passes `signerContract` (`./contract`).
 */
export interface Signer {
  /**
   * The 64-byte Ed25519 signature (RFC 8032 PureEdDSA, deterministic) over exactly these bytes, as they are
   * when `sign` is called. Signatures may be asked for concurrently.
   *
   * Rejects with a `ProtocolError` after `close`, or where an implementation has a limit on the message and
   * it is exceeded (the file implementation has none); with a `SignerFault`, which is one, where an HSM or a
   * service does not do it; with a `TypeError` for anything but a Uint8Array.
   */
  sign(message: Uint8Array): Promise<Uint8Array>;
  /** The public half, validated as PROTOCOL.md section 3 asks. Answers after `close` too: it is no secret. */
  publicKey(): Promise<Ed25519PublicKey>;
  /** RFC 7638 thumbprint of the public key (PROTOCOL.md section 15). Answers after `close` too. */
  kid(): Promise<string>;
  readonly capabilities: SignerCapabilities;
  /** Makes and verifies a signature now. Never rejects; `reason` is for an operator and holds no secret. */
  health(): Promise<SignerHealth>;
  /** Forgets the key or ends the session. Signatures under way are finished; a second call does nothing. */
  close(): Promise<void>;
}

export interface SignerCapabilities {
  /** Where the key lies, for an operator to read. Holds no secret. */
  readonly custodian: string;
  /** The longest message that is signed, in bytes; null: no limit is known. */
  readonly maxInputBytes: number | null;
  /** true: signatures that are asked for at the same time share one round trip to the custodian. */
  readonly batch: boolean;
}

export type SignerHealth = { readonly ok: true } | { readonly ok: false; readonly reason: string };
