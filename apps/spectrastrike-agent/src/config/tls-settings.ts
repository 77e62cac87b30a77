import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  checkPrivateKey as checkPairKey,
  checkValidity,
  untilTheyFit,
} from '@nyxera/federation-certificates';
import { errnoCode } from '@nyxera/federation-cli';
import { readSecretFile } from '@nyxera/federation-key-custody';
import { parseStrictJson } from '@nyxera/federation-protocol';
import { parseFingerprint } from './fingerprint.ts';
import { formatServerPin, parseServerPin } from './server-pin.ts';
import type { Setting, Settings } from './settings.ts';

export type TlsMinVersion = 'TLSv1.2' | 'TLSv1.3';

/** Paths, not contents: private bytes never travel in a configuration object that somebody may print. */
export interface TlsSettings {
  readonly certFile: string;
  readonly keyFile: string;
  /** Null: the certificate authorities that Node ships. */
  readonly caFile: string | null;
  readonly minVersion: TlsMinVersion;
  /** As server-pin.ts reads them; any that is valid will do; empty means not pinned. */
  readonly serverPins: readonly string[];
}

/** Reads and checks everything that the TLS handshake will need, so that it fails here with a name, not there. */
export async function readTlsSettings(settings: Settings): Promise<TlsSettings | null> {
  const cert = settings.require('VECTORVUE_FEDERATION_MTLS_CERT_FILE', 'VECTORVUE_MTLS_CLIENT_CERT_FILE');
  const key = settings.require('VECTORVUE_FEDERATION_MTLS_KEY_FILE', 'VECTORVUE_MTLS_CLIENT_KEY_FILE');
  const ca = settings.find('VECTORVUE_FEDERATION_MTLS_CA_FILE', 'VECTORVUE_VERIFY_TLS_CA_FILE');
  const certificate = await readPair(settings, cert, key);
  if (ca !== null) readCertificate(settings, ca);
  if (certificate !== null) checkDeclaredFingerprint(settings, certificate);
  const serverPins = readServerPins(settings);
  const minVersion = readMinVersion(settings);
  if (cert === null || key === null) return null;
  return { certFile: cert.value, keyFile: key.value, caFile: ca?.value ?? null, minVersion, serverPins };
}

/**
 * As `readTlsSettings`, for files that changed under a run: here a certificate that is not valid now is refused too, for
 * what is in use may still be.
 */
export async function readChangedTlsSettings(settings: Settings, nowMs: number): Promise<TlsSettings | null> {
  const tls = await readTlsSettings(settings);
  if (tls === null || settings.faults.length > 0) return null;
  const certificate = new X509Certificate(readFileSync(tls.certFile));
  const valid = checkValidity(certificate, nowMs);
  return valid.ok ? tls : settings.fault('VECTORVUE_FEDERATION_MTLS_CERT_FILE', valid.detail);
}

/** The certificate, where it is one; what is wrong with it or its key is noted. */
async function readPair(
  settings: Settings,
  cert: Setting | null,
  key: Setting | null,
): Promise<X509Certificate | null> {
  const before = settings.faults.length;
  const read = async () => {
    // What an earlier look found wrong may be right by now.
    settings.faults.length = before;
    const certificate = cert === null ? null : readCertificate(settings, cert);
    return { certificate, fits: key === null || (await checkPrivateKey(settings, key, certificate)) };
  };
  const pair = await untilTheyFit(read, ({ fits }) => fits);
  return pair.certificate;
}

function readCertificate(settings: Settings, setting: Setting): X509Certificate | null {
  try {
    return new X509Certificate(readFileSync(setting.value));
  } catch (error) {
    const code = errnoCode(error);
    const unreadable = code !== null && /^E[A-Z]+$/.test(code);
    return settings.fault(
      setting.variable,
      unreadable ? `cannot be read (${code})` : 'is not a file with a PEM certificate',
    );
  }
}

/** False: it is a key, and not the one of this certificate. */
async function checkPrivateKey(
  settings: Settings,
  setting: Setting,
  certificate: X509Certificate | null,
): Promise<boolean> {
  const secret = await readSecretFile(setting.value);
  if (!secret.ok) {
    settings.fault(setting.variable, secret.detail, secret.code);
    return true;
  }
  const key = checkPairKey(new TextDecoder().decode(secret.value), certificate);
  secret.value.fill(0);
  if (key.ok) return true;
  const isOther = key.code === 'key_mismatch';
  const problem = isOther ? 'is not the private key of the client certificate' : key.detail;
  settings.fault(setting.variable, problem, 'key_invalid');
  return !isOther;
}

/** Optional: guards against a certificate that was exchanged without anybody noticing. */
function checkDeclaredFingerprint(settings: Settings, certificate: X509Certificate): void {
  const declared = settings.find('VECTORVUE_FEDERATION_CLIENT_CERT_SHA256');
  if (declared === null) return;
  const expected = parseFingerprint(declared.value);
  if (expected === null) {
    settings.fault(declared.variable, 'is not 64 hex digits');
  } else if (expected !== parseFingerprint(certificate.fingerprint256)) {
    settings.fault(declared.variable, 'is not the SHA-256 of the client certificate file');
  }
}

/** Separated by commas, or a JSON array of strings. */
function readServerPins(settings: Settings): readonly string[] {
  const setting = settings.find('VECTORVUE_FEDERATION_SERVER_CERT_SHA256');
  if (setting === null) return [];
  const items = setting.value.startsWith('[') ? readJsonList(setting.value) : setting.value.split(',');
  const pins = items?.map(parseServerPin) ?? [];
  const valid = pins.filter((pin) => pin !== null).map(formatServerPin);
  if (items === null || valid.length === 0 || valid.length !== pins.length) {
    settings.fault(
      setting.variable,
      'is not a list of SHA-256 fingerprints (64 hex digits each, @from..until where one is bounded)',
    );
    return [];
  }
  return [...new Set(valid)];
}

function readJsonList(text: string): string[] | null {
  const parsed = parseStrictJson(new TextEncoder().encode(text));
  if (!parsed.ok || !Array.isArray(parsed.value)) return null;
  const items: unknown[] = parsed.value;
  return items.every((item) => typeof item === 'string') ? items : null;
}

/** TLS 1.2 only by this explicit setting, never lower (PROTOCOL.md section 1). */
function readMinVersion(settings: Settings): TlsMinVersion {
  const setting = settings.find('VECTORVUE_FEDERATION_TLS_MIN_VERSION');
  if (setting === null || setting.value === '1.3') return 'TLSv1.3';
  if (setting.value === '1.2') return 'TLSv1.2';
  settings.fault(setting.variable, 'is neither 1.3 nor 1.2', 'insecure_transport');
  return 'TLSv1.3';
}
