import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { checkPrivateKey, checkValidity, pinOf, readCertificates } from '@nyxera/federation-certificates';
import { readSecretFile } from '@nyxera/federation-key-custody';
import type { ListenAddress } from './gateway-config.ts';
import { isLoopback } from './listen-address.ts';
import { type OidcSettings, readOidcSettings } from './oidc-settings.ts';
import type { Settings } from './settings.ts';

/** The console on the administration listener, and how people get in. */
export interface ConsoleSettings {
  /** null: it is on; else why not, for the log. */
  readonly off: string | null;
  /** Seconds without a call after which a session is over, and seconds after which it is over whatever happens. */
  readonly idleSeconds: number;
  readonly sessionSeconds: number;
  /** Origin under which browsers reach it, without a slash at its end; null: the names of loopback. */
  readonly url: string | null;
  /** null: the administration listener speaks plain HTTP. */
  readonly tls: ConsoleTls | null;
  /** null: nobody signs in through an identity provider. */
  readonly oidc: OidcSettings | null;
}

export interface ConsoleTls {
  readonly certificatePem: string;
  /** Secret. */
  readonly privateKeyPem: string;
  /** Whose certificates open the console; null: no certificate does, and none is asked for. */
  readonly clientCaPem: string | null;
}

const CERT = 'VV_TG_CONSOLE_CERT_PATH';
const KEY = 'VV_TG_CONSOLE_KEY_PATH';
const CLIENT_CA = 'VV_TG_CONSOLE_CLIENT_CA_PATH';
const URL_NAME = 'VV_TG_CONSOLE_URL';

/**
 * On loopback a one-time link is enough. A listener that others can reach has no console unless it speaks TLS and people
 * prove who they are, by a certificate of a CA of their own or through an identity provider.
 */
export async function readConsoleSettings(
  settings: Settings,
  adminListen: ListenAddress,
  federationCaPem: string,
  nowMs: number,
): Promise<ConsoleSettings> {
  const wanted = settings.boolean('VV_TG_CONSOLE', true);
  const tls = await readConsoleTls(settings, federationCaPem, nowMs);
  const url = readUrl(settings, tls !== null);
  const oidc = await readOidcSettings(settings, { hasTls: tls !== null, url });
  const ways = tls?.clientCaPem != null || oidc !== null;
  if (!isLoopback(adminListen.host) && ways && url === null) {
    settings.fault(URL_NAME, 'is required where the administration listener is not on loopback');
  }
  return {
    off: wanted ? whyOff(adminListen, tls, ways) : 'VV_TG_CONSOLE is 0',
    idleSeconds: settings.integer('VV_TG_CONSOLE_IDLE_MINUTES', { default: 30, min: 1, max: 480 }) * 60,
    sessionSeconds: settings.integer('VV_TG_CONSOLE_SESSION_HOURS', { default: 8, min: 1, max: 24 }) * 3600,
    url,
    tls,
    oidc,
  };
}

function whyOff({ host }: ListenAddress, tls: ConsoleTls | null, ways: boolean): string | null {
  if (isLoopback(host)) return null;
  if (tls === null)
    return `the administration listener is not on loopback and has no TLS: set ${CERT} and ${KEY}`;
  return ways
    ? null
    : `the administration listener is not on loopback and nobody could sign in: set ${CLIENT_CA} or VV_TG_CONSOLE_OIDC_ISSUER`;
}

async function readConsoleTls(
  settings: Settings,
  federationCaPem: string,
  nowMs: number,
): Promise<ConsoleTls | null> {
  const faults = settings.faults.length;
  const certificatePem = readPem(settings, CERT);
  const keyPath = settings.text(KEY);
  if (certificatePem === null || keyPath === null) {
    if (certificatePem !== null) settings.fault(KEY, `is required where ${CERT} is set`);
    if (keyPath !== null) settings.fault(CERT, `is required where ${KEY} is set`);
    if (settings.text(CLIENT_CA) !== null)
      settings.fault(CLIENT_CA, `needs ${CERT} and ${KEY}: certificates need TLS`);
    return null;
  }
  const secret = await readSecretFile(keyPath);
  if (!secret.ok) {
    settings.fault(
      KEY,
      secret.code === 'key_permissions'
        ? 'names a file that others may read; chmod it to 0600'
        : 'names a file that cannot be read',
    );
    return null;
  }
  const privateKeyPem = new TextDecoder().decode(secret.value);
  const leaf = checkPem(settings, CERT, certificatePem, nowMs)[0] ?? null;
  const key = checkPrivateKey(privateKeyPem, leaf);
  if (!key.ok) settings.fault(KEY, key.detail, key.code);
  const clientCaPem = readClientCa(settings, federationCaPem, nowMs);
  if (settings.faults.length === faults) {
    try {
      createSecureContext({
        cert: certificatePem,
        key: privateKeyPem,
        ...(clientCaPem === null ? {} : { ca: clientCaPem }),
      });
    } catch {
      settings.fault(CERT, `and ${KEY} or ${CLIENT_CA} are not taken by OpenSSL`, 'tls_rejected');
    }
  }
  return { certificatePem, privateKeyPem, clientCaPem };
}

/** People are no agents: a CA that gives certificates to both would let whoever gets one for an agent try this door. */
function readClientCa(settings: Settings, federationCaPem: string, nowMs: number): string | null {
  const pem = readPem(settings, CLIENT_CA);
  if (pem === null) return null;
  const federation = readCertificates(federationCaPem);
  const agents = new Set(federation.ok ? federation.value.map(pinOf) : []);
  for (const certificate of checkPem(settings, CLIENT_CA, pem, nowMs)) {
    if (!certificate.ca)
      settings.fault(CLIENT_CA, 'holds a certificate that is not a CA certificate', 'certificate_not_ca');
    if (agents.has(pinOf(certificate)))
      settings.fault(CLIENT_CA, 'holds a CA of VV_SERVICE_IDENTITY_CA_PATH: the console needs its own');
  }
  return pem;
}

function readPem(settings: Settings, name: string): string | null {
  const path = settings.text(name);
  if (path === null) return null;
  try {
    return readFileSync(path, 'utf8');
  } catch {
    settings.fault(name, 'names a file that cannot be read', 'file_unreadable');
    return null;
  }
}

function checkPem(settings: Settings, name: string, pem: string, nowMs: number) {
  const read = readCertificates(pem);
  if (!read.ok) {
    settings.fault(name, read.detail, read.code);
    return [];
  }
  for (const certificate of read.value) {
    const valid = checkValidity(certificate, nowMs);
    if (!valid.ok) settings.fault(name, valid.detail, valid.code);
  }
  return read.value;
}

function readUrl(settings: Settings, hasTls: boolean): string | null {
  const text = settings.text(URL_NAME);
  if (text === null) return null;
  const url = URL.canParse(text) ? new URL(text) : null;
  const wanted = hasTls ? 'https:' : 'http:';
  if (url === null || url.protocol !== wanted || url.origin !== text.replace(/\/$/, '').toLowerCase()) {
    settings.fault(URL_NAME, `must be an origin like ${wanted}//gateway.example:9464`);
    return null;
  }
  return url.origin;
}
