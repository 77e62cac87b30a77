import type { EvidenceRow, NonceClaim } from '../store/commit-types.ts';
import type { TrustedKey, TrustSnapshot } from '../trust/trust-snapshot.ts';
import type { InboundRequest } from './inbound-request.ts';

/**
 * What has been established about one request so far. Stages add facts, never opinions: a member is set
 * only once the check that establishes it has passed. When a stage refuses, the dossier decides what may
 * be written about it: without `identity` nothing but a sample, without `signed` no nonce is claimed.
 */
export interface Dossier {
  readonly request: InboundRequest;
  /** The one snapshot by which the whole request is judged. */
  readonly trust: TrustSnapshot;
  /** Step 4 passed. */
  identity: string | null;
  /** Step 6 passed. */
  signed: SignedFacts | null;
  /** The operator of a body whose signature verified; claimed, until `tenantId` is set. */
  operatorId: string | null;
  /** Step 10 passed: the mapped tenant, lower case. Never the claimed one. */
  tenantId: string | null;
  /** kid of the key that verified, also where only a bundle inside the body is signed. */
  kid: string | null;
}

export interface SignedFacts {
  readonly claim: NonceClaim;
  readonly key: TrustedKey;
  /** 64 bytes. */
  readonly signature: Uint8Array;
}

export function openDossier(request: InboundRequest, trust: TrustSnapshot): Dossier {
  return { request, trust, identity: null, signed: null, operatorId: null, tenantId: null, kid: null };
}

/** The exact signed bytes and what vouches for them, to be kept (PROTOCOL.md section 3). */
export function evidenceOf(dossier: Dossier, signed: SignedFacts): EvidenceRow {
  return {
    body: dossier.request.body,
    signature: signed.signature,
    kid: signed.key.kid,
    publicKey: signed.key.key.raw,
    timestamp: signed.claim.timestamp,
    nonce: signed.claim.nonce,
  };
}
