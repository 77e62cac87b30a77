import { fileURLToPath } from 'node:url';
import { type Result, reject } from '@nyxera/federation-protocol';
import { couldBeKey, describePath } from './describe-path.ts';
import { createLocalSigner } from './local-signer.ts';
import { parsePrivateKey } from './parse-private-key.ts';
import { openPkcs11 } from './pkcs11/open-pkcs11.ts';
import { readSecretFile } from './read-secret-file.ts';
import type { Signer } from './signer.ts';
import type { OpenSignerOptions } from './signer-options.ts';
import { openVault } from './vault/open-vault.ts';

/**
 * Opens the key that a configuration names (PROTOCOL.md sections 15 and 16):
 * - a path, `file:path` or `file:///path`: a key file, read once;
 * - `pkcs11:` (RFC 7512): a key in a token or HSM;
 * - `vault:`: a key of the Transit engine of HashiCorp Vault or OpenBao.
 *
 * Rejections: `key_permissions` when others may read the file, `key_invalid` for everything else. `detail` is
 * for the operator: it names the file, the fault and what to do; it never holds key bytes, nor the text of a
 * URI with a scheme of its own (which may carry a PIN or a token). `service_unavailable`: a custodian is away, and may
 * come back without any change.
 */
export async function openSigner(uri: string, options: OpenSignerOptions = {}): Promise<Result<Signer>> {
  switch (schemeOf(uri)) {
    case 'pkcs11':
      return openPkcs11(uri, options);
    case 'vault':
      return openVault(uri, options);
    default:
      return openKeyFile(uri);
  }
}

async function openKeyFile(uri: string): Promise<Result<Signer>> {
  const path = keyPath(uri);
  if (typeof path !== 'string') return path;
  const content = await readSecretFile(path);
  if (!content.ok) return content;
  const key = parsePrivateKey(content.value);
  content.value.fill(0);
  if ('fault' in key) return reject('key_invalid', `${describePath(path)} ${key.fault}`);
  const signer = createLocalSigner(key);
  return signer.ok ? signer : reject(signer.code, `${describePath(path)} ${signer.detail}`);
}

function keyPath(uri: string): string | Extract<Result<never>, { ok: false }> {
  if (uri.trim() === '') return reject('key_invalid', 'no key is named; give a path or a signer URI');
  if (couldBeKey(uri) && uri.includes('-----')) {
    return reject(
      'key_invalid',
      'a key itself was given where its path belongs (not shown); write it to a file of mode 0600',
    );
  }
  switch (schemeOf(uri)) {
    case undefined:
      return uri;
    case 'file':
      return filePath(uri);
    default:
      return reject(
        'key_invalid',
        'no signer has this URI scheme; use file:, pkcs11:, vault: or a path (./ before one that holds a colon)',
      );
  }
}

/** The file that a path or URI names; null: it names none, but a key in custody or nothing that can be opened. */
export function keyFileOf(uri: string): string | null {
  const path = isCustodianUri(uri) || uri.trim() === '' ? null : keyPath(uri);
  return typeof path === 'string' ? path : null;
}

/** Whether a URI names a key in an HSM or a key service. What is refused of it then has a detail that is made for it. */
export function isCustodianUri(uri: string): boolean {
  return ['pkcs11', 'vault'].includes(schemeOf(uri) ?? '');
}

/** Lower case; undefined: a path. Two letters at least, so that a drive letter is no scheme. */
function schemeOf(uri: string): string | undefined {
  return /^([A-Za-z][A-Za-z0-9+.-]+):/.exec(uri)?.[1]?.toLowerCase();
}

/** `file:` with an authority part is a URL, percent-encoded; without one the rest is a path, taken literally. */
function filePath(uri: string): string | Extract<Result<never>, { ok: false }> {
  const rest = uri.slice('file:'.length);
  if (!rest.startsWith('//')) return rest === '' ? reject('key_invalid', 'file: names no path') : rest;
  try {
    return fileURLToPath(uri);
  } catch {
    return reject('key_invalid', 'this file: URL names no local path; write file:/absolute/path');
  }
}
