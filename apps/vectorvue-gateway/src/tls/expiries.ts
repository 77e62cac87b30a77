import { expiryOf, pinOf, readCertificates } from '@nyxera/federation-certificates';
import type { TlsSettings } from '../config/gateway-config.ts';

/** Something that handshakes rest on and that ends by itself. */
export interface Expiry {
  readonly what: 'server' | 'chain' | 'ca' | 'crl' | 'client';
  /** Of the certificate's DER, lower-case hex; of a list: that of its CA. */
  readonly sha256: string;
  /** Of a client: who presented it; else empty. */
  readonly identity: string;
  /** Unix milliseconds. */
  readonly atMs: number;
}

export function expiriesOf(
  tls: Pick<TlsSettings, 'certificatePem' | 'caPem' | 'revocationLists'>,
): readonly Expiry[] {
  const certificates = (pem: string) => {
    const read = readCertificates(pem);
    return read.ok ? read.value : [];
  };
  const own = certificates(tls.certificatePem).map((one, index) => ({
    what: index === 0 ? ('server' as const) : ('chain' as const),
    sha256: pinOf(one),
    identity: '',
    atMs: expiryOf(one),
  }));
  const authorities = certificates(tls.caPem).map((one) => ({
    what: 'ca' as const,
    sha256: pinOf(one),
    identity: '',
    atMs: expiryOf(one),
  }));
  const lists = tls.revocationLists.map(({ caSha256, nextUpdateMs }) => ({
    what: 'crl' as const,
    sha256: caSha256,
    identity: '',
    atMs: nextUpdateMs,
  }));
  return [...own, ...authorities, ...lists];
}

/** Why no agent can connect any more, for `/readyz`: of several CAs or lists one that is current is enough for some. */
export function expiredReasons(expiries: readonly Expiry[], nowMs: number): readonly string[] {
  const of = (...kinds: readonly Expiry['what'][]) => expiries.filter(({ what }) => kinds.includes(what));
  const isOver = ({ atMs }: Expiry): boolean => nowMs > atMs;
  const lists = of('crl');
  return [
    ...(of('server', 'chain').some(isOver) ? ['tls: the server certificate has expired'] : []),
    ...(of('ca').every(isOver) ? ['tls: the client CA has expired'] : []),
    ...(lists.length > 0 && lists.every(isOver)
      ? ['tls: the revocation list has expired, so every handshake is refused']
      : []),
  ];
}
