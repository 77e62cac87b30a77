import { constants as cryptoConstants } from 'node:crypto';
import type { SecureContextOptions } from 'node:tls';
import type { TlsSettings } from '../config/gateway-config.ts';

/**
 * What decides a handshake; all of it goes to `setSecureContext` again, which forgets what it is not told. With
 * revocation lists OpenSSL wants a current one of every CA in the chain, so one that runs out while it is loaded closes
 * the door to everybody (CRL_HAS_EXPIRED) until another is there.
 */
export function secureContext(tls: TlsSettings): SecureContextOptions {
  const lists = tls.revocationLists.map(({ pem }) => pem);
  return {
    cert: tls.certificatePem,
    key: tls.privateKeyPem,
    ca: tls.caPem,
    ...(lists.length === 0 ? {} : { crl: lists }),
    minVersion: tls.minVersion,
    maxVersion: 'TLSv1.3',
    // A resumed session skips the certificate: trust that was withdrawn since would go on working. Measured on Node 24:
    // with its stateless tickets a session survives a list that revokes its certificate where the ticket keys stay.
    secureOptions: cryptoConstants.SSL_OP_NO_TICKET | cryptoConstants.SSL_OP_NO_RENEGOTIATION,
  };
}
