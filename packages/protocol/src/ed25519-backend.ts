/**
 * What a backend does. Both give the same decision on every input (PROTOCOL.md section 3); the tests prove it.
 * `raw` has been validated by `importPublicKey`; signature length and S < L have been checked by the caller.
 */
export interface Ed25519Backend {
  /** 32 bytes to whatever the backend verifies with; done once per key. */
  prepare(raw: Uint8Array): PreparedKey;
}

export interface PreparedKey {
  verify(message: Uint8Array, signature: Uint8Array): boolean;
  verifyAsync(message: Uint8Array, signature: Uint8Array): Promise<boolean>;
}
