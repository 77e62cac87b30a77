import { createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';

export const NEVER_ACCEPT =
  'The keys come from published test seeds of 32 equal bytes. Whoever accepts one of them outside of a test accepts everybody.';

/** An Ed25519 private key from a published seed. */
export function testPrivateKey(seedByte: number): KeyObject {
  const seed = Buffer.alloc(32, seedByte);
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]);
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
}

/** 32 raw bytes. */
export function publicBytes(privateKey: KeyObject): Uint8Array {
  return createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(12);
}

/** Ed25519 is deterministic: the same bytes in every run and on every machine. */
export function signBase64(privateKey: KeyObject, message: Uint8Array): string {
  return sign(null, message, privateKey).toString('base64');
}
