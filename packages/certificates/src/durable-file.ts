import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Replaces a file as a whole: temporary file beside it, fsync, rename, fsync of the directory. A crash leaves
 * the old content or the new, never half. `mode` is exact, whatever the umask made of it is only stricter.
 */
export function writeFileDurably(
  path: string,
  content: string | Uint8Array,
  mode: number,
  unique: string,
): void {
  const temporary = `${path}.${unique}.tmp`;
  const handle = openSync(temporary, 'wx', mode);
  try {
    writeFileSync(handle, content);
    fsyncSync(handle);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  } finally {
    closeSync(handle);
  }
  renameSync(temporary, path);
  fsyncDirectory(dirname(path));
}

/** Makes a file that must not exist yet (O_EXCL), durably: a private key never replaces another. */
export function createFileDurably(path: string, content: string | Uint8Array, mode: number): void {
  const handle = openSync(path, 'wx', mode);
  try {
    writeFileSync(handle, content);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  fsyncDirectory(dirname(path));
}

export function fsyncDirectory(path: string): void {
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
