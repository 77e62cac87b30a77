import { generateKeyPairSync } from 'node:crypto';
import { importPublicKey } from '@nyxera/federation-protocol';
import type { MadeKey } from '../../key-rotation/rotate.ts';

/**
 * Stands for a key that a rehearsal must not make: nothing is written, and its private half is never kept. A key of its own
 * each time, so that it is nobody's.
 */
export function standInKey(): MadeKey {
  const { publicKey } = generateKeyPairSync('ed25519');
  const key = importPublicKey(
    new Uint8Array(Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url')),
  );
  if (!key.ok) throw new Error(`a generated key is not valid: ${key.detail}`);
  return { key: key.value, uri: 'file:rehearsal' };
}
