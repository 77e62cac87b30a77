import { X509Certificate } from 'node:crypto';
import type { DetailedPeerCertificate, TLSSocket } from 'node:tls';
import { isIssuedBy, leadsTo, pinOf, readCertificates, serialText } from '@nyxera/federation-certificates';
import type { TlsSettings } from '../config/gateway-config.ts';

/** Why a certificate that once passed a handshake would not pass one now. */
export type ChainWithdrawal = 'certificate_revoked' | 'ca_withdrawn';

/** The CAs of the clients and what they have revoked, for connections whose handshake was judged by others. */
export interface PeerAuthorities {
  /** null: it would pass. */
  judge(socket: TLSSocket): ChainWithdrawal | null;
}

export function peerAuthorities(tls: Pick<TlsSettings, 'caPem' | 'revocationLists'>): PeerAuthorities {
  const read = readCertificates(tls.caPem);
  const authorities = read.ok ? read.value : [];
  const revoked = tls.revocationLists.flatMap((list) => {
    const ca = authorities.find((one) => pinOf(one) === list.caSha256);
    return ca === undefined ? [] : [{ ca, serials: new Set(list.revoked) }];
  });
  const isRevoked = (certificate: X509Certificate): boolean => {
    const serial = serialText(certificate.serialNumber);
    return revoked.some(({ ca, serials }) => serials.has(serial) && isIssuedBy(certificate, ca));
  };
  return {
    judge: (socket) => {
      const [leaf, ...above] = chainOf(socket);
      if (leaf === undefined) return 'ca_withdrawn';
      if ([leaf, ...above].some(isRevoked)) return 'certificate_revoked';
      return leadsTo(leaf, above, authorities) ? null : 'ca_withdrawn';
    },
  };
}

/** What the peer presented and what OpenSSL put above it, the leaf first. */
function chainOf(socket: TLSSocket): readonly X509Certificate[] {
  const chain: X509Certificate[] = [];
  const seen = new Set<string>();
  let at: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
  // A root is its own issuer.
  while (at?.raw !== undefined && !seen.has(at.fingerprint256)) {
    seen.add(at.fingerprint256);
    chain.push(new X509Certificate(at.raw));
    at = at.issuerCertificate;
  }
  return chain;
}
