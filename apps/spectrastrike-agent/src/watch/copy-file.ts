import type { BigIntStats } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { errnoCode } from '@nyxera/federation-cli';
import type { PrivateCopy } from '../incoming/private-copy.ts';
import { type Found, isSameFile, look, OPEN_FLAGS } from './look-at-folder.ts';

export type CopyResult =
  /** Copied whole; `stats` are of the file that was read. */
  | { readonly kind: 'copied'; readonly stats: BigIntStats }
  /** It is another file, or other bytes, than a moment ago: looked at again later. */
  | { readonly kind: 'changed' }
  | { readonly kind: 'refused'; readonly code: string; readonly expected: string };

const PIECE_BYTES = 256 * 1024;

/**
 * Copies a dropped file. Everything is decided on the open file and not on its name: it is the one that was looked at, a
 * regular file, and neither it nor what stands under its name was another at the end of the copy. So what is read is
 * what is moved away later, also where a producer replaces or rewrites it meanwhile.
 */
export async function copyFile(found: Found, copy: PrivateCopy, maxBytes: number): Promise<CopyResult> {
  let file: FileHandle;
  try {
    file = await open(found.path, OPEN_FLAGS);
  } catch (error) {
    return openFault(error);
  }
  try {
    const before = await file.stat({ bigint: true });
    if (!before.isFile()) return notAFile();
    if (!isSameFile(before, found.stats)) return { kind: 'changed' };
    if (before.size > BigInt(maxBytes)) {
      return { kind: 'refused', code: 'report_too_large', expected: `a report of at most ${maxBytes} bytes` };
    }
    const piece = new Uint8Array(PIECE_BYTES);
    while (copy.size <= Number(before.size)) {
      const { bytesRead } = await file.read(piece, 0, piece.length, null);
      if (bytesRead === 0) break;
      await copy.write(piece.subarray(0, bytesRead));
    }
    const after = await file.stat({ bigint: true });
    const named = await look(found.path);
    const same = isSameFile(before, after) && named !== null && isSameFile(named, before);
    return same && copy.size === Number(before.size)
      ? { kind: 'copied', stats: before }
      : { kind: 'changed' };
  } finally {
    await file.close();
  }
}

/** What a failed open means for the report; thrown on where it is no matter of this file (no descriptors left, say). */
export function openFault(error: unknown): CopyResult {
  switch (errnoCode(error)) {
    case 'ENOENT':
      return { kind: 'changed' };
    case 'ELOOP':
    case 'EMLINK':
      return { kind: 'refused', code: 'report_symlink', expected: 'a file, and no symbolic link' };
    case 'ENXIO':
    case 'ENODEV':
      return notAFile();
    case 'EACCES':
    case 'EPERM':
      return { kind: 'refused', code: 'report_unreadable', expected: 'a file that this user may read' };
    default:
      throw error;
  }
}

export function notAFile(): CopyResult & { readonly kind: 'refused' } {
  return {
    kind: 'refused',
    code: 'report_not_a_file',
    expected: 'a regular file, and no pipe, socket or device',
  };
}
