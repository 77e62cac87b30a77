import type { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import {
  type CertificateResult,
  checkPrivateKey,
  checkValidity,
  pinOf,
  type RevocationList,
  readCertificates,
  readRevocationLists,
  untilTheyFit,
} from '@nyxera/federation-certificates';
import { readSecretFile } from '@nyxera/federation-key-custody';
import { secureContext } from '../tls/secure-context.ts';
import type { TlsSettings } from './gateway-config.ts';
import type { Settings } from './settings.ts';

const CERT = 'VV_SERVICE_IDENTITY_CERT_PATH';
const KEY = 'VV_SERVICE_IDENTITY_KEY_PATH';
const CA = 'VV_SERVICE_IDENTITY_CA_PATH';
const CRL = 'VV_TG_CRL_PATH';

/** Certificate, key, CA and revocation lists of the federation listener, read and checked (PROTOCOL.md section 1). */
export async function readTlsSettings(settings: Settings, nowMs: number): Promise<TlsSettings> {
  const before = settings.faults.length;
  const { certificatePem, privateKeyPem } = await readPair(settings);
  const caPem = readPem(settings, CA, 'PEM certificates of the CA that client certificates must chain to');

  const [leaf] = checkCertificates(settings, CERT, certificatePem, nowMs);
  const authorities = checkCertificates(settings, CA, caPem, nowMs);
  for (const certificate of authorities) {
    if (!certificate.ca)
      settings.fault(CA, 'holds a certificate that is not a CA certificate', 'certificate_not_ca');
  }
  if (privateKeyPem !== '') {
    const key = checkPrivateKey(privateKeyPem, leaf ?? null);
    if (!key.ok)
      settings.fault(KEY, key.code === 'key_mismatch' ? `${key.detail} in ${CERT}` : key.detail, key.code);
  }
  const minimum = settings.oneOf('VV_TG_TLS_MIN_VERSION', ['1.3', '1.2'], '1.3');
  const tls: TlsSettings = {
    certificatePem,
    caPem,
    privateKeyPem,
    revocationLists: readLists(settings, authorities, nowMs),
    minVersion: `TLSv${minimum}`,
    files: [CERT, KEY, CA].flatMap((name) => settings.text(name) ?? []).concat(listPaths(settings)),
  };
  if (settings.faults.length === before) tryInOpenSsl(settings, tls);
  return tls;
}

/** Whether they fit is looked at here only to read them again; what is wrong with them is said by who checks them. */
function readPair(settings: Settings): Promise<{ certificatePem: string; privateKeyPem: string }> {
  const before = settings.faults.length;
  return untilTheyFit(
    async () => {
      // What an earlier look found missing may be there by now.
      settings.faults.length = before;
      const certificatePem = readPem(settings, CERT, 'PEM certificate that this gateway presents');
      return { certificatePem, privateKeyPem: await readKeyPem(settings) };
    },
    ({ certificatePem, privateKeyPem }) => {
      const read = readCertificates(certificatePem);
      const key = checkPrivateKey(privateKeyPem, read.ok ? (read.value[0] ?? null) : null);
      return key.ok || key.code !== 'key_mismatch';
    },
  );
}

function readPem(settings: Settings, name: string, what: string): string {
  const path = settings.required(name, `path of the ${what}`);
  if (path === null) return '';
  try {
    return readFileSync(path, 'utf8');
  } catch {
    settings.fault(name, 'names a file that cannot be read', 'file_unreadable');
    return '';
  }
}

async function readKeyPem(settings: Settings): Promise<string> {
  const path = settings.required(KEY, 'path of the PEM private key of the certificate, mode 0600');
  if (path === null) return '';
  const secret = await readSecretFile(path);
  if (secret.ok) return new TextDecoder().decode(secret.value);
  if (secret.code === 'key_permissions') {
    settings.fault(KEY, 'names a file that others may read; chmod it to 0600', 'key_permissions');
  } else settings.fault(KEY, 'names a file that cannot be read', 'file_unreadable');
  return '';
}

function checkCertificates(
  settings: Settings,
  name: string,
  pem: string,
  nowMs: number,
): readonly X509Certificate[] {
  if (pem === '') return [];
  const read = readCertificates(pem);
  noteFault(settings, name, read);
  const certificates = read.ok ? read.value : [];
  for (const certificate of certificates) noteFault(settings, name, checkValidity(certificate, nowMs));
  return certificates;
}

/** Comma-separated: a CA that issues one list in several files is as common as several CAs. */
function listPaths(settings: Settings): readonly string[] {
  const paths = settings.text(CRL)?.split(',') ?? [];
  return paths.map((path) => path.trim()).filter((path) => path !== '');
}

/**
 * Where lists are configured, every CA must have one that is current: OpenSSL refuses every certificate of a CA without
 * (it cannot know), and that is better said here, by name, than in each handshake.
 */
function readLists(
  settings: Settings,
  authorities: readonly X509Certificate[],
  nowMs: number,
): readonly RevocationList[] {
  const paths = listPaths(settings);
  const faults = settings.faults.length;
  const lists: RevocationList[] = [];
  for (const path of paths) {
    let bytes: Uint8Array;
    try {
      bytes = readFileSync(path);
    } catch {
      settings.fault(CRL, 'names a file that cannot be read', 'file_unreadable');
      continue;
    }
    const read = readRevocationLists(bytes, authorities, nowMs);
    noteFault(settings, CRL, read);
    if (read.ok) lists.push(...read.value);
  }
  if (paths.length === 0 || settings.faults.length > faults) return lists;
  for (const ca of authorities) {
    const sha256 = pinOf(ca);
    if (lists.some(({ caSha256 }) => caSha256 === sha256)) continue;
    settings.fault(
      CRL,
      `holds no revocation list of a CA in ${CA}: all that it issued would be refused`,
      'crl_missing',
    );
  }
  return lists;
}

/** What OpenSSL does not take must not reach a listener that serves. */
function tryInOpenSsl(settings: Settings, tls: TlsSettings): void {
  try {
    createSecureContext(secureContext(tls));
  } catch {
    settings.fault(CERT, `and ${KEY}, ${CA} or ${CRL} are not taken by OpenSSL`, 'tls_rejected');
  }
}

function noteFault(settings: Settings, name: string, result: CertificateResult<unknown>): void {
  if (!result.ok) settings.fault(name, result.detail, result.code);
}
