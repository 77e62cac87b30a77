import { createHash, X509Certificate } from 'node:crypto';
import { existsSync, lstatSync, readFileSync } from 'node:fs';
import { createCertificateRequest } from '@nyxera/federation-certificates';
import {
  generateKeyFile,
  type OpenSignerOptions,
  openSigner,
  readSecretFile,
} from '@nyxera/federation-key-custody';
import { type Ed25519PublicKey, type Result, reject } from '@nyxera/federation-protocol';
import { createFileDurably } from './durable-file.ts';

/** A signing key, made where there is none yet. Never replaced: `init` may be run again at any time. */
export async function prepareSigningKey(
  uri: string,
  options: OpenSignerOptions = {},
): Promise<Result<{ readonly key: Ed25519PublicKey; readonly kid: string; readonly made: boolean }>> {
  const path = localPath(uri);
  let made = false;
  // lstat and not exists: a dangling link must not look like "no key yet".
  if (path !== null && lstatSync(path, { throwIfNoEntry: false }) === undefined) {
    await generateKeyFile(path);
    made = true;
  }
  const signer = await openSigner(uri, options);
  if (!signer.ok) return signer;
  try {
    return {
      ok: true,
      value: { key: await signer.value.publicKey(), kid: await signer.value.kid(), made },
    };
  } finally {
    await signer.value.close();
  }
}

export interface ClientCertificate {
  /** Lower-case hex SHA-256 of the DER; null while there is only a request for one. */
  readonly sha256: string | null;
  /** Path of the request, where a key was made or there still is no certificate. */
  readonly csrFile: string | null;
  readonly madeKey: boolean;
}

/**
 * The client certificate if it is there; else a TLS key (0600) and the request with which a CA makes one. A
 * request that exists is left alone: it may be on somebody's desk.
 */
export async function prepareClientCertificate(options: {
  readonly certFile: string;
  readonly certConfigured: boolean;
  readonly keyFile: string;
  readonly csrFile: string;
  readonly identity: string;
}): Promise<Result<ClientCertificate>> {
  if (existsSync(options.certFile)) return readCertificate(options.certFile);
  if (options.certConfigured) {
    return reject('key_invalid', `the client certificate ${options.certFile} does not exist`);
  }
  if (existsSync(options.keyFile)) {
    const secret = await readSecretFile(options.keyFile);
    if (!secret.ok) return secret;
    secret.value.fill(0);
    if (existsSync(options.csrFile)) {
      return { ok: true, value: { sha256: null, csrFile: options.csrFile, madeKey: false } };
    }
    return reject(
      'key_invalid',
      `${options.keyFile} has neither certificate nor request: remove it, or name its certificate`,
    );
  }
  const request = createCertificateRequest(options.identity);
  createFileDurably(options.keyFile, request.keyPem, 0o600);
  createFileDurably(options.csrFile, request.csrPem, 0o644);
  return { ok: true, value: { sha256: null, csrFile: options.csrFile, madeKey: true } };
}

function readCertificate(path: string): Result<ClientCertificate> {
  try {
    const der = new X509Certificate(readFileSync(path)).raw;
    const sha256 = createHash('sha256').update(der).digest('hex');
    return { ok: true, value: { sha256, csrFile: null, madeKey: false } };
  } catch {
    return reject('key_invalid', `${path} is not a readable PEM certificate`);
  }
}

/** The path of a key file; null for signers that are somewhere else and are only opened. */
function localPath(uri: string): string | null {
  if (uri.startsWith('file://')) return null;
  if (uri.startsWith('file:')) return uri.slice('file:'.length);
  return /^[A-Za-z][A-Za-z0-9+.-]+:/.test(uri) ? null : uri;
}
