import { fileURLToPath } from 'node:url';
import { type Result, reject } from '@nyxera/federation-protocol';
import { couldBeKey, describePath } from './describe-path.ts';
import { createLocalSigner } from './local-signer.ts';
import { parsePrivateKey } from './parse-private-key.ts';
import { readSecretFile } from './read-secret-file.ts';
import type { Signer } from './signer.ts';

/**
 * Opens the key that a configuration names (PROTOCOL.md sections 15 and 16):
 * - a path, `file:path` or `file:///path`: a key file, read once;
 * - `pkcs11:` and `vault:` are known and not built yet.
 *
 * Rejections: `key_permissions` when others may read the file, `key_invalid` for everything else. `detail` is
 * for the operator: it names the file, the fault and what to do; it never holds key bytes, nor the text of a
 * URI with a scheme of its own (which may carry a PIN or a token).
 */
export async function openSigner(uri: string): Promise<Result<Signer>> {
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
  // Two letters at least, so that a drive letter is no scheme.
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]+):/.exec(uri)?.[1]?.toLowerCase();
  switch (scheme) {
    case undefined:
      return uri;
    case 'file':
      return filePath(uri);
    case 'pkcs11':
    case 'vault':
      return reject('key_invalid', `signers of the kind ${scheme}: are not built yet; use a key file`);
    default:
      return reject(
        'key_invalid',
        'no signer has this URI scheme; use file: or a path (./ before one that holds a colon)',
      );
  }
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
