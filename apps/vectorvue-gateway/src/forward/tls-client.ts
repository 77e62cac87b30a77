import { createHash, createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { type ConnectionOptions, checkServerIdentity, type PeerCertificate } from 'node:tls';
import { readSecretFile } from '@nyxera/federation-key-custody';
import { type ForwardErrorCode, failed, type SendFailure } from './sender.ts';
import type { TlsSettings } from './settings.ts';

/** What a connection to a receiver is made with; read once, at start. */
export type TlsClient = Pick<
  ConnectionOptions,
  'ca' | 'cert' | 'key' | 'servername' | 'minVersion' | 'checkServerIdentity' | 'rejectUnauthorized'
>;

/** Opens the files of the settings. `problem` is called for each that cannot be used, with the member's name. */
export async function openTlsClient(
  settings: TlsSettings,
  host: string,
  problem: (member: string, text: string) => void,
): Promise<TlsClient> {
  const ca = readCertificates(settings.ca_file, (text) => problem('ca_file', text));
  const cert = readCertificates(settings.cert_file, (text) => problem('cert_file', text));
  const key = await readKey(settings.key_file, (text) => problem('key_file', text));
  if (cert !== null && key !== null) {
    if (!new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))) {
      problem('key_file', 'is not the key of the certificate in cert_file');
    }
  }
  const name = settings.server_name ?? host;
  return {
    ...(ca === null ? {} : { ca }),
    ...(cert === null ? {} : { cert }),
    ...(key === null ? {} : { key }),
    // RFC 6066 section 3: an address is no server name.
    ...(isIP(name) === 0 ? { servername: name } : {}),
    minVersion: `TLSv${settings.min_version}`,
    rejectUnauthorized: true,
    // Called in the handshake, after the chain was verified and before a byte of ours is sent.
    checkServerIdentity: (_, certificate) => checkReceiver(name, certificate, settings.pins ?? null),
  };
}

class PinMismatch extends Error {
  readonly code = 'RECEIVER_PIN_MISMATCH';
}

function checkReceiver(
  name: string,
  certificate: PeerCertificate,
  pins: readonly string[] | null,
): Error | undefined {
  const misnamed = checkServerIdentity(name, certificate);
  if (misnamed !== undefined || pins === null) return misnamed;
  const sha256 = createHash('sha256').update(certificate.raw).digest('hex');
  return pins.includes(sha256) ? undefined : new PinMismatch('the certificate is none of the pinned ones');
}

/** OpenSSL's and Node's codes of a certificate that does not do, ours or theirs. */
const CERTIFICATE_CODE =
  /CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS_CERT|PIN_MISMATCH|HOSTNAME|UNKNOWN_CA|ERR_SSL_TLSV1_ALERT|ERR_SSL_TLSV13_ALERT|ERR_SSL_SSLV3_ALERT/;

const NEVER_CONNECTED: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
]);

/** From the code alone: a message of a library may quote what the other side sent. */
export function connectionFailure(fault: unknown): SendFailure {
  const code = (fault as { code?: unknown } | null)?.code;
  const word = typeof code === 'string' && /^[A-Z0-9_]{1,64}$/.test(code) ? code : 'UNKNOWN';
  return failed(kindOf(word), word);
}

function kindOf(word: string): ForwardErrorCode {
  if (CERTIFICATE_CODE.test(word)) return 'certificate_refused';
  if (NEVER_CONNECTED.has(word)) return 'connection_failed';
  return word === 'ETIMEDOUT' ? 'timeout' : 'connection_cut';
}

function readCertificates(path: string | undefined, problem: (text: string) => void): string | null {
  if (path === undefined) return null;
  try {
    const pem = readFileSync(path, 'utf8');
    const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
    if (blocks.length === 0) problem('holds no PEM certificate');
    for (const block of blocks) new X509Certificate(block);
    return blocks.length === 0 ? null : pem;
  } catch {
    problem('cannot be read as PEM certificates');
    return null;
  }
}

async function readKey(path: string | undefined, problem: (text: string) => void): Promise<string | null> {
  if (path === undefined) return null;
  const secret = await readSecretFile(path);
  if (!secret.ok) {
    problem(
      secret.code === 'key_permissions'
        ? 'can be read by others; chmod it to 0600'
        : 'cannot be read as a private file',
    );
    return null;
  }
  try {
    const pem = new TextDecoder().decode(secret.value);
    createPrivateKey(pem);
    return pem;
  } catch {
    problem('is not an unencrypted PEM private key');
    return null;
  }
}
