import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { type Ed25519PublicKey, importPublicKey } from '@nyxera/federation-protocol';
import type { IntegratorParts } from '../../src/audit/integrate.ts';
import type { Database } from '../../src/store/database.ts';
import { importKey } from '../../src/trust/trust-store.ts';

export const ORIGIN = 'gateway.example/audit';

export interface TestSigner {
  readonly key: Ed25519PublicKey;
  readonly privateKey: KeyObject;
  readonly signer: IntegratorParts['signer'];
}

export function newSigner(): TestSigner {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const key = importPublicKey(publicKey.export({ format: 'der', type: 'spki' }).subarray(-32));
  if (!key.ok) throw new Error(key.detail);
  return {
    key: key.value,
    privateKey,
    signer: {
      publicKey: async () => key.value,
      kid: async () => key.value.kid,
      sign: async (message) => new Uint8Array(sign(null, message, privateKey)),
    },
  };
}

/** Enters a public key into the keyring, active. */
export async function trustKey(
  db: Database,
  purpose: 'audit' | 'witness',
  { key }: TestSigner,
  owner = '@gateway',
): Promise<void> {
  const imported = await importKey(
    db,
    { actor: 'cli:tester', reason: null, nowMs: Date.now() },
    {
      owner,
      purposes: [purpose],
      kid: key.kid,
      key,
      domain: null,
      state: 'active',
      notBefore: null,
      notAfter: null,
    },
  );
  if (!imported.ok) throw new Error(imported.detail);
}
