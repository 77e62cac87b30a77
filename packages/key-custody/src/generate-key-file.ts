import { generateKeyPairSync } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Ed25519PublicKey, importPublicKey } from '@nyxera/federation-protocol';
import { rawPublicKey } from './local-signer.ts';

/**
 * Makes an Ed25519 key and writes it as PKCS#8 PEM, mode 0600, durable (file and directory fsynced) before it
 * returns the public half. Throws when the file exists (`EEXIST`: a key is never overwritten) or cannot be
 * written; then no partial file is left.
 */
export async function generateKeyFile(path: string): Promise<Ed25519PublicKey> {
  const { privateKey } = generateKeyPairSync('ed25519');
  const publicKey = importPublicKey(rawPublicKey(privateKey));
  if (!publicKey.ok) throw new Error(`the generated key is refused: ${publicKey.detail}`);
  const pem = Buffer.from(privateKey.export({ format: 'pem', type: 'pkcs8' }));

  // O_EXCL also refuses a symbolic link, so the key cannot be written where somebody else pointed.
  const file = await open(path, 'wx', 0o600);
  try {
    await file.chmod(0o600);
    await file.writeFile(pem);
    await file.sync();
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    pem.fill(0);
    await file.close();
  }
  await syncDirectory(dirname(path));
  return publicKey.value;
}

/** Makes the new name durable, not only the content. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
