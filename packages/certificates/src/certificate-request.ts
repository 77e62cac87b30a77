import { createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { isIP } from 'node:net';
import {
  bitString,
  derPem,
  integer,
  octetString,
  oid,
  sequence,
  setOf,
  tagged,
  utf8String,
} from './der-writer.ts';

/** A new TLS key and the request with which a CA makes a certificate for it. */
export interface CertificateRequest {
  /** PKCS#8, to be written with mode 0600. */
  readonly keyPem: string;
  /** PKCS#10 (RFC 2986). */
  readonly csrPem: string;
}

/** Subject alternative names (RFC 5280 section 4.2.1.6). */
export interface AlternativeNames {
  readonly dns: readonly string[];
  /** IPv4 or IPv6, as text. */
  readonly ips: readonly string[];
  /** For example a SPIFFE id. */
  readonly uris: readonly string[];
}

export const NO_NAMES: AlternativeNames = { dns: [], ips: [], uris: [] };

const COMMON_NAME = '2.5.4.3';
const ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2';
const EXTENSION_REQUEST = '1.2.840.113549.1.9.14';
const SUBJECT_ALT_NAME = '2.5.29.17';
/** Upper bound of X.520 for a common name; CAs refuse longer ones. */
const COMMON_NAME_LIMIT = 64;

/**
 * Makes an ECDSA P-256 key and a request for it. The common name of a client is the service identity, for people: a
 * gateway believes the pin of the certificate and never its name (PROTOCOL.md section 2).
 */
export function createCertificateRequest(
  subject: string,
  names: AlternativeNames = NO_NAMES,
): CertificateRequest {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    keyPem: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
    csrPem: requestFor(privateKey, subject, names),
  };
}

function requestFor(key: KeyObject, subject: string, names: AlternativeNames): string {
  const keys = createPublicDer(key);
  const commonName = [...subject].slice(0, COMMON_NAME_LIMIT).join('');
  const info = sequence(
    integer(0),
    sequence(...(commonName === '' ? [] : [setOf(sequence(oid(COMMON_NAME), utf8String(commonName)))])),
    keys,
    // Attributes: [0] IMPLICIT SET OF.
    tagged(0xa0, requestedExtensions(names)),
  );
  const signature = sign('sha256', info, key);
  return derPem(
    'CERTIFICATE REQUEST',
    sequence(info, sequence(oid(ECDSA_WITH_SHA256)), bitString(signature)),
  );
}

function createPublicDer(key: KeyObject): Uint8Array {
  return createPublicKey(key).export({ format: 'der', type: 'spki' });
}

function requestedExtensions(names: AlternativeNames): Uint8Array {
  const general = [
    ...names.dns.map((name) => tagged(0x82, Buffer.from(name, 'latin1'))),
    ...names.uris.map((uri) => tagged(0x86, Buffer.from(uri, 'latin1'))),
    ...names.ips.map((address) => tagged(0x87, addressBytes(address))),
  ];
  if (general.length === 0) return new Uint8Array();
  const extension = sequence(oid(SUBJECT_ALT_NAME), octetString(sequence(...general)));
  return sequence(oid(EXTENSION_REQUEST), setOf(sequence(extension)));
}

/** 4 or 16 octets. Throws where it is no address: names are read from a certificate or checked before. */
export function addressBytes(address: string): Uint8Array {
  if (isIP(address) === 4) return Uint8Array.from(address.split('.').map(Number));
  if (isIP(address) !== 6) throw new TypeError('not an IP address');
  const [head = '', tail] = address.toLowerCase().split('::');
  const groups = (text: string): number[] =>
    text === ''
      ? []
      : text.split(':').flatMap((group) => {
          if (!group.includes('.')) return [Number.parseInt(group, 16)];
          const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number);
          return [a * 256 + b, c * 256 + d];
        });
  const [front, back] = [groups(head), groups(tail ?? '')];
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - front.length - back.length }, () => 0);
  return Uint8Array.from([...front, ...zeros, ...back].flatMap((group) => [group >> 8, group & 0xff]));
}
