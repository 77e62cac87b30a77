import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readSecretFile } from '@nyxera/federation-key-custody';
import type { TlsSettings } from './gateway-config.ts';
import type { Settings } from './settings.ts';

const CERT = 'VV_SERVICE_IDENTITY_CERT_PATH';
const KEY = 'VV_SERVICE_IDENTITY_KEY_PATH';
const CA = 'VV_SERVICE_IDENTITY_CA_PATH';

/** Certificate, key and CA of the federation listener, read and checked (PROTOCOL.md section 1). */
export async function readTlsSettings(settings: Settings, nowMs: number): Promise<TlsSettings> {
  const certificatePem = readPem(settings, CERT, 'PEM certificate that this gateway presents');
  const caPem = readPem(settings, CA, 'PEM certificates of the CA that client certificates must chain to');
  const privateKeyPem = await readKeyPem(settings);

  const [leaf] = checkCertificates(settings, CERT, certificatePem, nowMs);
  for (const certificate of checkCertificates(settings, CA, caPem, nowMs)) {
    if (!certificate.ca) settings.fault(CA, 'holds a certificate that is not a CA certificate');
  }
  const key = checkKey(settings, privateKeyPem);
  if (leaf !== undefined && key !== null && !leaf.checkPrivateKey(key)) {
    settings.fault(KEY, `is not the key of the certificate in ${CERT}`);
  }
  const minimum = settings.oneOf('VV_TG_TLS_MIN_VERSION', ['1.3', '1.2'], '1.3');
  return { certificatePem, caPem, privateKeyPem, minVersion: `TLSv${minimum}` };
}

function readPem(settings: Settings, name: string, what: string): string {
  const path = settings.required(name, `path of the ${what}`);
  if (path === null) return '';
  try {
    return readFileSync(path, 'utf8');
  } catch {
    settings.fault(name, 'names a file that cannot be read');
    return '';
  }
}

async function readKeyPem(settings: Settings): Promise<string> {
  const path = settings.required(KEY, 'path of the PEM private key of the certificate, mode 0600');
  if (path === null) return '';
  const secret = await readSecretFile(path);
  if (secret.ok) return new TextDecoder().decode(secret.value);
  settings.fault(
    KEY,
    secret.code === 'key_permissions'
      ? 'names a file that others may read; chmod it to 0600'
      : 'names a file that cannot be read',
  );
  return '';
}

function checkCertificates(settings: Settings, name: string, pem: string, nowMs: number): X509Certificate[] {
  if (pem === '') return [];
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  const certificates: X509Certificate[] = [];
  for (const block of blocks) {
    try {
      certificates.push(new X509Certificate(block));
    } catch {
      settings.fault(name, 'holds a certificate that cannot be parsed');
    }
  }
  if (blocks.length === 0) settings.fault(name, 'holds no PEM certificate');
  for (const certificate of certificates) {
    if (Date.parse(certificate.validTo) < nowMs) settings.fault(name, 'holds a certificate that has expired');
    if (Date.parse(certificate.validFrom) > nowMs) {
      settings.fault(name, 'holds a certificate that is not valid yet');
    }
  }
  return certificates;
}

function checkKey(settings: Settings, pem: string): KeyObject | null {
  if (pem === '') return null;
  try {
    return createPrivateKey(pem);
  } catch {
    settings.fault(KEY, 'is not an unencrypted PEM private key');
    return null;
  }
}
