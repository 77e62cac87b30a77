import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { StoreError } from './store-error.ts';

/** The file whose lock stands for the whole directory. Its content means nothing. */
export const LOCK_FILE = 'lock.sqlite';

export interface EmbeddedLock {
  release(): void;
}

/**
 * Takes the data directory for this process, or refuses at once with `locked`. Two processes on one PGlite
 * directory silently lose rows (ARCHITECTURE.md, Store), so nothing of it may be opened before this.
 *
 * The lock is SQLite's exclusive file lock, which is the operating system's: the kernel frees it when the holder
 * dies, however it dies, so that there is no stale pid file to judge. It does not reach across machines on a
 * network file system that does not implement POSIX locks.
 */
export function takeEmbeddedLock(dataDir: string): EmbeddedLock {
  let lock: DatabaseSync | null = null;
  try {
    lock = new DatabaseSync(join(dataDir, LOCK_FILE), { timeout: 0 });
    lock.exec('PRAGMA journal_mode=DELETE');
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock?.close();
    if (isBusy(error)) {
      throw new StoreError(
        'locked',
        `another process is using the embedded database in ${dataDir}: stop it, or let the command reach it through its socket`,
      );
    }
    throw new StoreError('data_directory', `cannot lock the data directory ${dataDir}`, { cause: error });
  }
  const held = lock;
  return {
    release() {
      if (held.isOpen) held.close();
    },
  };
}

function isBusy(error: unknown): boolean {
  const code = typeof error === 'object' && error !== null && 'errcode' in error ? error.errcode : null;
  // SQLITE_BUSY and SQLITE_LOCKED, with or without an extended code in the higher bits.
  return typeof code === 'number' && ((code & 0xff) === 5 || (code & 0xff) === 6);
}
