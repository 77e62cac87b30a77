import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { accept, type Rejection, type Result, reject } from '@nyxera/federation-protocol';
import { describePath } from './describe-path.ts';

/** Largest secret file in bytes. A key takes a few hundred, a certificate chain a few thousand. */
export const SECRET_FILE_LIMIT = 65_536;

/**
 * Reads a private file whole: a signing key or a TLS key. Refused: any permission for group or others
 * (`key_permissions`, PROTOCOL.md section 15); anything but a regular file; an empty or oversized one
 * (`key_invalid`). Never throws; `detail` names the file and what to do, and never its content.
 *
 * The checks are made on the opened file, not on its path, so neither a symbolic link nor a file that is
 * exchanged in between passes with the mode of another. Symbolic links are followed: secret mounts use them.
 */
export async function readSecretFile(path: string): Promise<Result<Uint8Array>> {
  let file: FileHandle;
  try {
    // O_NONBLOCK: opening a FIFO that nobody writes to would wait forever.
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    return openFault(path, error);
  }
  try {
    return await readChecked(path, file);
  } catch {
    return reject('key_invalid', `${describePath(path)} cannot be read`);
  } finally {
    await file.close();
  }
}

async function readChecked(path: string, file: FileHandle): Promise<Result<Uint8Array>> {
  const stat = await file.stat();
  if (stat.isDirectory())
    return reject('key_invalid', `${describePath(path)} is a directory; name the file in it`);
  if (!stat.isFile()) return reject('key_invalid', `${describePath(path)} is not a regular file`);
  if ((stat.mode & 0o077) !== 0) {
    const mode = (stat.mode & 0o777).toString(8).padStart(4, '0');
    const advice = 'run chmod 600 on it, and replace the key if others may have read it';
    return reject(
      'key_permissions',
      `${describePath(path)} has mode ${mode}, which lets others in; ${advice}`,
    );
  }
  // Read up to one byte over the limit instead of trusting the size: the file may grow meanwhile.
  const buffer = new Uint8Array(SECRET_FILE_LIMIT + 1);
  let length = 0;
  while (length < buffer.length) {
    const { bytesRead } = await file.read(buffer, length, buffer.length - length, null);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  const content = buffer.slice(0, length);
  buffer.fill(0);
  if (length === 0) return reject('key_invalid', `${describePath(path)} is empty`);
  if (length > SECRET_FILE_LIMIT) {
    content.fill(0);
    return reject(
      'key_invalid',
      `${describePath(path)} is larger than ${SECRET_FILE_LIMIT} bytes; it is no key file`,
    );
  }
  return accept(content);
}

function openFault(path: string, error: unknown): Rejection {
  const name = describePath(path);
  switch ((error as NodeJS.ErrnoException).code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return reject('key_invalid', `${name} does not exist`);
    case 'EACCES':
    case 'EPERM':
      return reject(
        'key_permissions',
        `${name} cannot be read by this user; its owner must be who runs this program`,
      );
    case 'ELOOP':
      return reject('key_invalid', `${name} is a symbolic link that leads to itself`);
    default:
      return reject('key_invalid', `${name} cannot be opened`);
  }
}
