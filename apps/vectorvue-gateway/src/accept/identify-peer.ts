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
 * header that claims a fingerprint must equal it; it is compared, never believed.
 *
 * Unknown identity, wrong pin and wrong claim get one answer, so that nobody can list identities.
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
  if (known === null || pinned !== true || expired || clientCertSha256 !== presented) {
    return reject('peer_identity_rejected', 'identity, pin and claimed fingerprint do not agree');
  }
  dossier.identity = identity;
  return accept({ name: identity, trusted: known });
}
