import { chmodSync, closeSync, fsyncSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { errnoCode } from '@nyxera/federation-cli';
import { StateFault } from './state-fault.ts';

const PRIVATE_DIRECTORY = 0o700;
const PRIVATE_FILE = 0o600;
/** Whoever may write here may replace the spool, so group and others must not. */
const WRITABLE_BY_OTHERS = 0o022;

/**
 * Makes the data directory (0700). One that exists already is left as it is if only its owner may write to
 * it: the files in it are 0600, and changing the mode of a directory that somebody else made could lock them
 * out of it.
 */
export function preparePrivateDirectory(path: string): void {
  try {
    const first = makeDirectories(path);
    if (first !== null) fsyncDirectory(dirname(first));
    const status = statSync(path);
    if (!status.isDirectory()) throw new StateFault('state_unusable', `${path} is not a directory`);
    if ((status.mode & WRITABLE_BY_OTHERS) !== 0) {
      throw new StateFault(
        'state_permissions',
        `${path} is writable by others than its owner: chmod 700 it, or choose another SPECTRASTRIKE_DATA_DIR`,
      );
    }
  } catch (error) {
    throw asFileFault(error, path);
  }
}

/**
 * Makes the directory and those above it that are missing; returns the topmost that was made, null for none. Not
 * mkdir's own `recursive`: Node never comes back from it where a parent exists and takes no children (/proc).
 */
function makeDirectories(path: string): string | null {
  try {
    mkdirSync(path, { mode: PRIVATE_DIRECTORY });
    return path;
  } catch (error) {
    const code = errnoCode(error);
    if (code === 'EEXIST') return null;
    if (code !== 'ENOENT' || dirname(path) === path) throw error;
  }
  const above = makeDirectories(dirname(path));
  mkdirSync(path, { mode: PRIVATE_DIRECTORY });
  return above ?? path;
}

/**
 * Makes the file with mode 0600 before SQLite opens it (SQLite would use 0644; its WAL and shared memory
 * files take the mode of the database), and fsyncs the directory, so that the name survives a power loss too.
 * An existing file that others may read is tightened; one that others may write is refused, since what it
 * holds can no longer be believed.
 */
export function preparePrivateFile(path: string): void {
  try {
    closeSync(openSync(path, 'ax', PRIVATE_FILE));
    fsyncDirectory(dirname(path));
    return;
  } catch (error) {
    if (errnoCode(error) !== 'EEXIST') throw asFileFault(error, path);
  }
  try {
    const status = statSync(path);
    if ((status.mode & WRITABLE_BY_OTHERS) !== 0) {
      throw new StateFault(
        'state_permissions',
        `${path} is writable by others than its owner: check it, then chmod 600`,
      );
    }
    if ((status.mode & 0o077) !== 0) chmodSync(path, PRIVATE_FILE);
  } catch (error) {
    throw asFileFault(error, path);
  }
}

function fsyncDirectory(path: string): void {
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** What the file system says as a StateFault; whatever is no error of it, as it is. */
export function asFileFault(error: unknown, path: string): unknown {
  const code = errnoCode(error);
  if (code === null || error instanceof StateFault) return error;
  switch (code) {
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new StateFault('state_permissions', `${path}: this user may not write there`, { cause: error });
    case 'ENOSPC':
    case 'EDQUOT':
      return new StateFault('state_full', `${path}: the disk or the quota is full`, { cause: error });
    default:
      return new StateFault('state_unusable', `${path}: ${code}`, { cause: error });
  }
}
