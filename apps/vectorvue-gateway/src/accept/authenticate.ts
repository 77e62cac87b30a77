import { accept, type Result } from '@nyxera/federation-protocol';
import type { Dossier, SignedFacts } from './dossier.ts';
import type { Gateway } from './gateway.ts';
import { type IdentifiedPeer, identifyPeer } from './identify-peer.ts';
import { verifyRequestSignature } from './verify-request-signature.ts';

/** Who speaks, and what vouches for the bytes. */
export interface Authenticated {
  readonly peer: IdentifiedPeer;
  readonly signed: SignedFacts;
}

/** Steps 4 to 6 of PROTOCOL.md section 5, in this order: nothing of a body is looked at before it has passed them. */
export async function authenticate(
  gateway: Gateway,
  dossier: Dossier,
  attempt: number,
): Promise<Result<Authenticated>> {
  const peer = admitIdentified(gateway, dossier, attempt);
  if (!peer.ok) return peer;
  const signed = await verifyRequestSignature(gateway, dossier, peer.value.name); // step 6
  return signed.ok ? accept({ peer: peer.value, signed: signed.value }) : signed;
}

/** Steps 4 and 5, for a request that is not signed itself. */
export function admitIdentified(gateway: Gateway, dossier: Dossier, attempt: number): Result<IdentifiedPeer> {
  const peer = identifyPeer(dossier); //                                                     step 4
  if (!peer.ok) return peer;
  const admitted = gateway.peers.admit(peer.value.name, gateway.clock.now(), attempt); //    step 5
  return admitted.ok ? peer : admitted;
}
