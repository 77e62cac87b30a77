import { type BigIntStats, constants } from 'node:fs';
import { lstat, opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoCode } from '@nyxera/federation-cli';

/** What is known of a file without opening it. */
export interface Found {
  readonly name: string;
  readonly path: string;
  readonly stats: BigIntStats;
  readonly kind: 'file' | 'symlink' | 'other';
}

/** What producers write under until they are done, and what looks like a reason of ours: left alone. */
const UNFINISHED = /^\.|\.(?:part|partial|tmp|temp|crdownload|filepart|swp|reason\.json)$|~$/i;

/** Names that a report in this folder may have. */
export function isCandidate(name: string): boolean {
  return !UNFINISHED.test(name);
}

/** The files of one folder, directories and unfinished ones left out, in the order of their names. Throws what opendir throws. */
export async function lookAtFolder(folder: string): Promise<readonly Found[]> {
  const names: string[] = [];
  for await (const entry of await opendir(folder)) {
    if (!entry.isDirectory() && isCandidate(entry.name)) names.push(entry.name);
  }
  const found: Found[] = [];
  for (const name of names.sort()) {
    const path = join(folder, name);
    const stats = await look(path);
    if (stats !== null && !stats.isDirectory()) found.push({ name, path, stats, kind: kindOf(stats) });
  }
  return found;
}

/** null: it has gone in the meantime. Never follows a link. */
export async function look(path: string): Promise<BigIntStats | null> {
  try {
    return await lstat(path, { bigint: true });
  } catch (error) {
    if (errnoCode(error) === 'ENOENT') return null;
    throw error;
  }
}

function kindOf(stats: BigIntStats): Found['kind'] {
  if (stats.isFile()) return 'file';
  return stats.isSymbolicLink() ? 'symlink' : 'other';
}

/** The same bytes in the same file, as far as a file system says. */
export function isSameFile(a: BigIntStats, b: BigIntStats): boolean {
  return a.dev === b.dev && a.ino === b.ino && a.size === b.size && a.mtimeNs === b.mtimeNs;
}

/** O_NONBLOCK: a FIFO that was put in the file's place would wait for ever; O_NOFOLLOW: a link is refused. */
export const OPEN_FLAGS: number = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
