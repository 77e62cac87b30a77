import type { webcrypto } from 'node:crypto';
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Authority,
  type CrlOptions,
  certificateSha256,
  createAuthority,
  generateCertificateKeys,
  issueCrl,
  issueLeaf,
  type LeafOptions,
  privateKeyPem,
  readRequest,
} from './issue-certificate.ts';

/**
 * A certificate authority in a directory, for tests and for `scripts/dev-pki`. Files: `ca.pem`, `ca.key`, and
 * per certificate `<name>.crt` and `<name>.key`; every file 0600, the directory 0700. An existing file is
 * never overwritten. A second CA is a second directory.
 */
export interface Pki {
  readonly directory: string;
  readonly caCertPath: string;
  readonly caCertPem: string;
  /** SHA-256 of the CA certificate's DER, lower-case hex. */
  readonly caSha256: string;
  issue(options: IssueOptions): Promise<IssuedCertificate>;
  /** Signs a request made elsewhere, after checking its proof of possession. Names default to those of the request. */
  issueFromCsr(csrPem: string, options: IssueOptions): Promise<SignedCertificate>;
  /** A revocation list of this CA, PEM (`X509 CRL`, as OpenSSL writes it). Nothing is written to a file. */
  crl(options: CrlOptions): Promise<string>;
}

export interface IssueOptions extends LeafOptions {
  /** Stem of the file names, `[A-Za-z0-9._-]`, and, unless `commonName` says otherwise, the subject's CN. */
  readonly name: string;
  readonly commonName?: string;
}

export interface SignedCertificate {
  readonly certPath: string;
  readonly certPem: string;
  /** SHA-256 of the DER, lower-case hex: the pin. */
  readonly sha256: string;
}

export interface IssuedCertificate extends SignedCertificate {
  readonly keyPath: string;
  readonly keyPem: string;
}

export interface PkiOptions {
  /** Subject of the CA. Two authorities with one name but different keys are told apart by their keys. */
  readonly commonName?: string;
  /** Milliseconds since the epoch that the default validity is counted from; default the machine's clock. */
  readonly now?: () => number;
}

/** Makes a CA in `directory`, which is created if absent. Throws if it is open to others or holds a CA already. */
export async function createPki(directory: string, options: PkiOptions = {}): Promise<Pki> {
  const now = options.now ?? Date.now;
  await makePrivateDirectory(directory);
  const authority = await createAuthority(options.commonName ?? 'Nyxera development CA', now());
  const caCertPath = join(directory, 'ca.pem');
  const caCertPem = `${authority.certificate.toString('pem')}\n`;
  await writePrivateFile(caCertPath, caCertPem);
  await writePrivateFile(join(directory, 'ca.key'), await privateKeyPem(authority.keys));
  return {
    directory,
    caCertPath,
    caCertPem,
    caSha256: certificateSha256(authority.certificate),
    issue: (leaf) => issueWithKey(directory, authority, leaf, now()),
    issueFromCsr: (csrPem, leaf) => issueForRequest(directory, authority, csrPem, leaf, now()),
    crl: async (options) => {
      const der = await issueCrl(authority, options, now());
      const lines =
        Buffer.from(der)
          .toString('base64')
          .match(/.{1,64}/g) ?? [];
      return `-----BEGIN X509 CRL-----\n${lines.join('\n')}\n-----END X509 CRL-----\n`;
    },
  };
}

async function issueWithKey(
  directory: string,
  authority: Authority,
  options: IssueOptions,
  nowMs: number,
): Promise<IssuedCertificate> {
  const keys = await generateCertificateKeys();
  const subject = options.commonName ?? options.name;
  const signed = await sign(directory, authority, subject, keys.publicKey, options, nowMs);
  const keyPem = await privateKeyPem(keys);
  const keyPath = join(directory, `${options.name}.key`);
  await writePrivateFile(keyPath, keyPem);
  return { ...signed, keyPath, keyPem };
}

async function issueForRequest(
  directory: string,
  authority: Authority,
  csrPem: string,
  options: IssueOptions,
  nowMs: number,
): Promise<SignedCertificate> {
  const request = await readRequest(csrPem);
  const named = options.dns !== undefined || options.ips !== undefined;
  const leaf = named ? options : { ...options, dns: request.dns, ips: request.ips };
  const subject = options.commonName ?? request.subject;
  return sign(directory, authority, subject, request.publicKey, leaf, nowMs);
}

async function sign(
  directory: string,
  authority: Authority,
  subject: Parameters<typeof issueLeaf>[1],
  publicKey: webcrypto.CryptoKey,
  options: IssueOptions,
  nowMs: number,
): Promise<SignedCertificate> {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(options.name)) {
    throw new Error(
      `a certificate name is the stem of its files: [A-Za-z0-9._-], not ${JSON.stringify(options.name)}`,
    );
  }
  const certificate = await issueLeaf(authority, subject, publicKey, options, nowMs);
  const certPath = join(directory, `${options.name}.crt`);
  const certPem = `${certificate.toString('pem')}\n`;
  await writePrivateFile(certPath, certPem);
  return { certPath, certPem, sha256: certificateSha256(certificate) };
}

async function makePrivateDirectory(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  // An existing directory is checked, not changed: it may be the caller's home or /tmp.
  const { mode } = await stat(directory);
  if ((mode & 0o077) !== 0) throw new Error(`${directory} is open to others; use a directory with mode 0700`);
}

async function writePrivateFile(path: string, text: string): Promise<void> {
  await writeFile(path, text, { mode: 0o600, flag: 'wx' });
}
