import { openSigner, type Signer } from '@nyxera/federation-key-custody';
import type { AuditSettings } from '../config/gateway-config.ts';
import type { DeclaredOwnKey } from '../trust/import-environment.ts';

export interface AuditKey extends AsyncDisposable {
  readonly origin: string;
  readonly signer: Signer;
  /** The public half, to be declared to the store. */
  readonly declared: DeclaredOwnKey;
}

/** Opens the key that signs checkpoints. Throws if it was readable at the check of the configuration and is not now. */
export async function openAuditKey(settings: AuditSettings): Promise<AuditKey> {
  const opened = await openSigner(settings.uri);
  if (!opened.ok) throw new Error(`the audit key cannot be opened: ${opened.detail}`);
  const signer = opened.value;
  const key = await signer.publicKey();
  return {
    origin: settings.origin,
    signer,
    declared: { purpose: 'audit', kid: key.kid, key },
    [Symbol.asyncDispose]: () => signer.close(),
  };
}
