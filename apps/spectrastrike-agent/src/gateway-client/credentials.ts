import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { checkPrivateKey, pinOf, untilTheyFit } from '@nyxera/federation-certificates';
import { readSecretFile } from '@nyxera/federation-key-custody';
import { accept, type Result, reject } from '@nyxera/federation-protocol';
import type { TlsSettings } from '../config.ts';

/** Everything that a handshake with the gateway is made with, in memory. */
export interface Credentials extends Pick<TlsSettings, 'minVersion' | 'serverPins'> {
  readonly cert: string;
  readonly key: Buffer;
  /** Null: the authorities that Node ships. */
  readonly ca: string | null;
  /** SHA-256 of the presented certificate's DER, lower-case hex. */
  readonly certSha256: string;
}

/** Reads them, and again while key and certificate do not fit. Rejections: key_permissions, key_invalid. Throws if a public file is gone. */
export async function readCredentials(tls: TlsSettings): Promise<Result<Credentials>> {
  const read = await untilTheyFit(
    () => readOnce(tls),
    ({ fits }) => fits,
  );
  return read.credentials;
}

interface ReadOnce {
  readonly credentials: Result<Credentials>;
  /** False: a key and a certificate, of different pairs. */
  readonly fits: boolean;
}

async function readOnce(tls: TlsSettings): Promise<ReadOnce> {
  const key = await readSecretFile(tls.keyFile);
  if (!key.ok) return { credentials: key, fits: true };
  const cert = await readFile(tls.certFile, 'utf8');
  const certificate = new X509Certificate(cert);
  if (!checkPrivateKey(new TextDecoder().decode(key.value), certificate).ok) {
    const detail = 'the key file and the certificate file do not belong together';
    return { credentials: reject('key_invalid', detail), fits: false };
  }
  const credentials = accept({
    cert,
    key: Buffer.from(key.value),
    ca: tls.caFile === null ? null : await readFile(tls.caFile, 'utf8'),
    minVersion: tls.minVersion,
    serverPins: tls.serverPins,
    certSha256: pinOf(certificate),
  });
  return { credentials, fits: true };
}
