import { decodeBase64Strict, type Ed25519PublicKey, importPublicKey } from '@nyxera/federation-protocol';
import { SignerFault } from '../signer-fault.ts';
import type { VaultSession } from './vault-session.ts';
import type { VaultUri } from './vault-uri.ts';

export interface TransitKey {
  readonly version: number;
  readonly publicKey: Ed25519PublicKey;
  /** true: Vault would give the private key out. */
  readonly exportable: boolean;
}

/**
 * Reads the key's public half. A version is chosen once: a kid belongs to one key, so when Vault rotates, this signer
 * goes on with its version until it is opened again.
 */
export async function readTransitKey(
  session: VaultSession,
  uri: Pick<VaultUri, 'mount' | 'keyName' | 'keyVersion'>,
): Promise<TransitKey> {
  const { json } = await session.call({ method: 'GET', path: `${uri.mount}/keys/${uri.keyName}` });
  const data = (json as { readonly data?: Record<string, unknown> } | null)?.data;
  if (data === undefined) throw new SignerFault('vault_answer_invalid', 'the answer describes no key');
  if (data.type !== 'ed25519') {
    throw new SignerFault('key_unsuitable', 'the key is of another type; create it with type=ed25519');
  }
  if (data.derived === true) {
    throw new SignerFault(
      'key_unsuitable',
      'the key is derived, so it is another for every context; create it without',
    );
  }
  const version = uri.keyVersion ?? data.latest_version;
  if (typeof version !== 'number' || !Number.isSafeInteger(version) || version < 1) {
    throw new SignerFault('vault_answer_invalid', 'the answer names no latest version');
  }
  const least = data.min_encryption_version;
  if (typeof least === 'number' && version < least) {
    throw new SignerFault('key_unsuitable', 'min_encryption_version of the key forbids this version to sign');
  }
  const entry = (data.keys as Record<string, unknown> | undefined)?.[String(version)];
  if (entry === undefined)
    throw new SignerFault('key_not_found', 'the key has no such version, or it was trimmed');
  return { version, publicKey: readPublicKey(entry), exportable: data.exportable === true };
}

function readPublicKey(entry: unknown): Ed25519PublicKey {
  const text = (entry as { readonly public_key?: unknown } | null)?.public_key;
  const raw = typeof text === 'string' ? decodeBase64Strict(text) : null;
  if (raw === null)
    throw new SignerFault('vault_answer_invalid', 'the answer has no public key of this version');
  const key = importPublicKey(raw);
  if (!key.ok) throw new SignerFault('key_unsuitable', `the public half must not be used: ${key.detail}`);
  return key.value;
}
