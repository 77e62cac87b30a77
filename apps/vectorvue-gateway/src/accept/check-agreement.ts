import { accept, type Result, reject } from '@nyxera/federation-protocol';
import type { SignedFacts } from './dossier.ts';

/** Step 8: the headers, which are signed over, say what the body says. */
export function checkHeaderAgreement(
  body: { readonly timestamp: number; readonly nonce: string },
  signed: SignedFacts,
): Result<null> {
  const equal = body.timestamp === signed.claim.timestamp && body.nonce === signed.claim.nonce;
  return equal ? accept(null) : reject('signed_header_mismatch', 'header and body differ');
}

interface Scope {
  readonly tenant_id: string;
  readonly operator_id: string;
  readonly campaign_id: string;
}

/** Step 9: `signed_metadata` repeats the envelope exactly, letter case included. */
export function checkSignedMetadata(envelope: Scope & { readonly signed_metadata: Scope }): Result<null> {
  const { signed_metadata: metadata } = envelope;
  const equal =
    metadata.tenant_id === envelope.tenant_id &&
    metadata.operator_id === envelope.operator_id &&
    metadata.campaign_id === envelope.campaign_id;
  return equal ? accept(null) : reject('signed_metadata_mismatch', 'signed_metadata and envelope differ');
}
