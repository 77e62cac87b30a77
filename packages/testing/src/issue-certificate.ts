import { createHash, randomBytes, webcrypto } from 'node:crypto';
import type { Extension, JsonGeneralNames, Name, X509Certificate } from '@peculiar/x509';
import { x509 } from './x509.ts';

/**
 * X.509 for development and tests: ECDSA P-256 keys, SHA-256 signatures, made in memory. Nothing here writes
 * a file; `pki.ts` does. Not for production: the CA's private key lies beside what it signs.
 */

/** What the leaf may be used for, and for how long. */
export interface LeafOptions {
  /** DNS names of the subject alternative name. Default for a server: `localhost`. */
  readonly dns?: readonly string[];
  /** IP addresses of the subject alternative name. Default for a server: `127.0.0.1` and `::1`. */
  readonly ips?: readonly string[];
  /** URIs of the subject alternative name, as they are: a SPIFFE name, say. Default none. */
  readonly uris?: readonly string[];
  /** Extended key usage clientAuth. With neither `client` nor `server` given, the leaf has both. */
  readonly client?: boolean;
  /** Extended key usage serverAuth. */
  readonly server?: boolean;
  /** Start of validity, default five minutes ago. Whole seconds. */
  readonly notBefore?: Date;
  /** End of validity, default 90 days from now. Whole seconds. Earlier than now: an expired certificate. */
  readonly notAfter?: Date;
}

export interface Authority {
  readonly certificate: X509Certificate;
  readonly keys: webcrypto.CryptoKeyPair;
}

const KEY = { name: 'ECDSA', namedCurve: 'P-256' };
const SIGNING = { name: 'ECDSA', hash: 'SHA-256' };
const DAY_MS = 86_400_000;
const BACKDATE_MS = 300_000;

/** SHA-256 of the DER certificate, 64 lower-case hex digits: the pin of PROTOCOL.md section 2. */
export function certificateSha256(certificate: X509Certificate): string {
  return createHash('sha256').update(new Uint8Array(certificate.rawData)).digest('hex');
}

export async function generateCertificateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(KEY, true, ['sign', 'verify']);
}

/** The key as PKCS#8 PEM with a final newline. */
export async function privateKeyPem(keys: webcrypto.CryptoKeyPair): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  const lines = der.match(/.{1,64}/g) ?? [];
  return `-----BEGIN PRIVATE KEY-----\n${lines.join('\n')}\n-----END PRIVATE KEY-----\n`;
}

/** A self-signed CA: may sign certificates and CRLs, and only leaves below it (path length 0). */
export async function createAuthority(commonName: string, nowMs: number): Promise<Authority> {
  const keys = await generateCertificateKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: randomSerial(),
      name: [{ CN: [commonName] }],
      // A month back, so that leaves which are expired on purpose still lie within the CA's own validity.
      notBefore: new Date(nowMs - 30 * DAY_MS),
      notAfter: new Date(nowMs + 3650 * DAY_MS),
      keys,
      signingAlgorithm: SIGNING,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
      ],
    },
    webcrypto,
  );
  return { certificate, keys };
}

/** A leaf for a key that was made here. `commonName` is the subject; names for TLS are in the SAN. */
export async function issueLeaf(
  authority: Authority,
  subject: string | Name,
  publicKey: webcrypto.CryptoKey,
  options: LeafOptions,
  nowMs: number,
): Promise<X509Certificate> {
  return x509.X509CertificateGenerator.create(
    {
      serialNumber: randomSerial(),
      // As a structure, never as "CN=..." text: a name with a comma must not become a second attribute.
      subject: typeof subject === 'string' ? [{ CN: [subject] }] : subject,
      issuer: authority.certificate.subjectName,
      notBefore: options.notBefore ?? new Date(nowMs - BACKDATE_MS),
      notAfter: options.notAfter ?? new Date(nowMs + 90 * DAY_MS),
      publicKey,
      signingKey: authority.keys.privateKey,
      signingAlgorithm: SIGNING,
      extensions: await leafExtensions(authority, publicKey, options),
    },
    webcrypto,
  );
}

export interface CrlOptions {
  /** Serial numbers, hex, of certificates that this CA issued. */
  readonly revoked: readonly string[];
  /** Default an hour ago. Whole seconds. */
  readonly thisUpdate?: Date;
  /** Default in a week. Whole seconds. Earlier than now: an expired list. */
  readonly nextUpdate?: Date;
}

/** A revocation list of the CA, in DER. */
export async function issueCrl(
  authority: Authority,
  options: CrlOptions,
  nowMs: number,
): Promise<Uint8Array> {
  const list = await x509.X509CrlGenerator.create(
    {
      issuer: authority.certificate.subjectName,
      thisUpdate: options.thisUpdate ?? new Date(nowMs - 3_600_000),
      nextUpdate: options.nextUpdate ?? new Date(nowMs + 7 * DAY_MS),
      entries: options.revoked.map((serialNumber) => ({
        serialNumber,
        revocationDate: new Date(nowMs - 60_000),
      })),
      signingKey: authority.keys.privateKey,
      signingAlgorithm: SIGNING,
    },
    webcrypto,
  );
  return new Uint8Array(list.rawData);
}

/**
 * Reads a PKCS#10 request and checks its proof of possession: a request whose signature is not by the key in
 * it is refused, or anybody could obtain a certificate over another's public key. Throws on both faults.
 */
export async function readRequest(csrPem: string): Promise<{
  subject: Name;
  publicKey: webcrypto.CryptoKey;
  dns: string[];
  ips: string[];
}> {
  const request = parseRequest(csrPem);
  if (!(await request.verify(webcrypto))) throw new Error('the certificate request is not signed by its key');
  const names = request.extensions
    .filter((extension) => extension instanceof x509.SubjectAlternativeNameExtension)
    .flatMap((extension) => extension.names.toJSON());
  return {
    subject: request.subjectName,
    publicKey: await request.publicKey.export(webcrypto),
    dns: names.filter((name) => name.type === 'dns').map((name) => name.value),
    ips: names.filter((name) => name.type === 'ip').map((name) => name.value),
  };
}

function parseRequest(csrPem: string): InstanceType<typeof x509.Pkcs10CertificateRequest> {
  try {
    return new x509.Pkcs10CertificateRequest(csrPem);
  } catch (cause) {
    throw new Error('this is not a PKCS#10 certificate request in PEM', { cause });
  }
}

async function leafExtensions(
  authority: Authority,
  publicKey: webcrypto.CryptoKey,
  options: LeafOptions,
): Promise<Extension[]> {
  const both = options.client === undefined && options.server === undefined;
  const server = both || options.server === true;
  const client = both || options.client === true;
  const usages = [
    ...(server ? [x509.ExtendedKeyUsage.serverAuth] : []),
    ...(client ? [x509.ExtendedKeyUsage.clientAuth] : []),
  ];
  const named = options.dns !== undefined || options.ips !== undefined;
  const dns = named || !server ? (options.dns ?? []) : ['localhost'];
  const ips = named || !server ? (options.ips ?? []) : ['127.0.0.1', '::1'];
  const names: JsonGeneralNames = [
    ...dns.map((value) => ({ type: 'dns' as const, value })),
    ...ips.map((value) => ({ type: 'ip' as const, value })),
    ...(options.uris ?? []).map((value) => ({ type: 'url' as const, value })),
  ];
  return [
    new x509.BasicConstraintsExtension(false, undefined, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
    ...(usages.length > 0 ? [new x509.ExtendedKeyUsageExtension(usages, false)] : []),
    ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names, false)] : []),
    await x509.SubjectKeyIdentifierExtension.create(publicKey, false, webcrypto),
    await x509.AuthorityKeyIdentifierExtension.create(authority.keys.publicKey, false, webcrypto),
  ];
}

/** 16 random bytes, positive and without leading zero, so that DER needs no padding and none is ever short. */
function randomSerial(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes.toString('hex');
}
