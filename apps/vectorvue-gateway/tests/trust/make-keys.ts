import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { type Ed25519PublicKey, importPublicKey } from '@nyxera/federation-protocol';

export interface TestKey {
  readonly key: Ed25519PublicKey;
  readonly privateKey: KeyObject;
  sign(message: Uint8Array): Uint8Array;
}

export function makeKey(): TestKey {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const raw = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
  const key = importPublicKey(new Uint8Array(raw));
  if (!key.ok) throw new Error(key.detail);
  return { key: key.value, privateKey, sign: (message) => new Uint8Array(sign(null, message, privateKey)) };
}

/** A pin that belongs to no certificate. */
export function makePin(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

export const TENANT_A = '7f3c2a10-4f5e-4c1d-9b8a-2d6e0c9a1b55';
export const TENANT_B = '0badc0de-0000-4000-8000-000000000002';

export const author = (reason: string | null = null) => ({ actor: 'cli:tester', reason, nowMs: Date.now() });
