import {
  accept,
  bundleHash,
  decodeSignature,
  type EvidenceBundle,
  evidenceBundleInput,
  type Result,
  reject,
  verifyEd25519Async,
} from '@nyxera/federation-protocol';
import type { TrustedKey } from '../trust/trust-snapshot.ts';
import type { Dossier } from './dossier.ts';

export interface VerifiedBundle {
  readonly bundleHash: string;
  readonly key: TrustedKey;
}

/** PROTOCOL.md section 9: the signature inside the body, by an evidence key of the identity that presents it. */
export async function verifyBundleSignature(
  dossier: Dossier,
  identity: string,
  bundle: EvidenceBundle,
): Promise<Result<VerifiedBundle>> {
  const message = evidenceBundleInput({
    operatorId: bundle.operator_id,
    campaignId: bundle.campaign_id,
    executionHash: bundle.execution_hash,
    timestamp: bundle.timestamp,
    nonce: bundle.nonce,
  });
  const signature = decodeSignature(bundle.signature);
  for (const key of dossier.trust.verifyKeys(identity, 'evidence', dossier.request.receivedAtMs)) {
    if (signature !== null && (await verifyEd25519Async(key.key, message, signature))) {
      dossier.kid = key.kid;
      return accept({ bundleHash: bundleHash(message), key });
    }
  }
  return reject('signature_invalid', 'no evidence key of this identity verifies the bundle');
}
