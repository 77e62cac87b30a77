import { generateKeyPairSync, sign } from 'node:crypto';
import { bitString, derPem, integer, oid, sequence, setOf, tagged, utf8String } from './der-writer.ts';

/** A new client key and the request with which a CA makes a certificate for it. */
export interface ClientTlsRequest {
  /** PKCS#8, to be written with mode 0600. */
  readonly keyPem: string;
  /** PKCS#10 (RFC 2986). */
  readonly csrPem: string;
}

const COMMON_NAME = '2.5.4.3';
const ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2';
/** Upper bound of X.520 for a common name; CAs refuse longer ones. */
const COMMON_NAME_LIMIT = 64;

/**
 * Makes an ECDSA P-256 key and a request for it. The common name is the service identity, for people: a
 * gateway believes the pin of the certificate and never its name (PROTOCOL.md section 2).
 */
export function createClientTlsRequest(identity: string): ClientTlsRequest {
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const commonName = [...identity].slice(0, COMMON_NAME_LIMIT).join('');
  const info = sequence(
    integer(0),
    sequence(setOf(sequence(oid(COMMON_NAME), utf8String(commonName)))),
    keys.publicKey.export({ format: 'der', type: 'spki' }),
    // Attributes: [0] IMPLICIT SET OF, empty.
    tagged(0xa0, new Uint8Array()),
  );
  const signature = sign('sha256', info, keys.privateKey);
  const request = sequence(info, sequence(oid(ECDSA_WITH_SHA256)), bitString(signature));
  return {
    keyPem: keys.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
    csrPem: derPem('CERTIFICATE REQUEST', request),
  };
}
