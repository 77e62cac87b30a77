import { accept, parseIdentityHeaders, type Result, reject } from '@nyxera/federation-protocol';
import { isWithin, type TrustedIdentity } from '../trust/trust-snapshot.ts';
import type { Dossier } from './dossier.ts';

export interface IdentifiedPeer {
  /** The declared service identity. */
  readonly name: string;
  readonly trusted: TrustedIdentity;
}

/**
 * Step 4: who is speaking. The certificate of the socket must be a pin of the declared identity, and the
 * header that claims a fingerprint must equal it; it is compared, never believed. An identity may ask for a SPIFFE
 * name besides: then the pinned certificate must hold that one URI name and no other (an X.509-SVID has exactly one),
 * compared exactly. The name alone admits nobody.
 *
 * Unknown identity, wrong pin, wrong name and wrong claim get one answer, so that nobody can list identities.
 */
export function identifyPeer(dossier: Dossier): Result<IdentifiedPeer> {
  const { request, trust } = dossier;
  const headers = parseIdentityHeaders(request.rawHeaders);
  if (!headers.ok) return headers;
  const { identity, clientCertSha256 } = headers.value;
  const known = trust.identity(identity);
  const presented = request.peer.certificateSha256;
  const pinned = known?.pins.some(
    (pin) => pin.sha256 === presented && isWithin(pin.notBeforeMs, pin.notAfterMs, request.receivedAtMs),
  );
  // TLS checked the validity once, in the handshake; a keep-alive connection may have outlived it since.
  const expired = request.receivedAtMs > request.peer.notAfterMs;
  const named = known !== null && isNamed(known.spiffeId, request.peer.uriNames);
  if (known === null || pinned !== true || !named || expired || clientCertSha256 !== presented) {
    return reject('peer_identity_rejected', 'identity, pin and claimed fingerprint do not agree');
  }
  dossier.identity = identity;
  request.peer.identities.add(identity);
  return accept({ name: identity, trusted: known });
}

/** null: no name is asked for besides the pin. */
export function isNamed(spiffeId: string | null, uriNames: readonly string[]): boolean {
  return spiffeId === null || (uriNames.length === 1 && uriNames[0] === spiffeId);
}
