/** What a key file holds, whatever its format. */
export interface PrivateKey {
  /** 32-byte RFC 8032 seed. Whoever receives it overwrites it after use. */
  readonly seed: Uint8Array;
  /** The 32-byte public key that the file claims, where its format has one. Checked against the seed. */
  readonly claimedPublicKey: Uint8Array | null;
}

/** The fault as text for an operator: what was found and what to do. Never holds a byte of the file. */
export interface FormatFault {
  readonly fault: string;
}
