import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { preparePrivateFile } from '../state/private-files.ts';
import { asStateFault, StateFault } from '../state/state-fault.ts';

export const DRAIN_LOCK_FILE = 'drain.lock';
export const DAEMON_LOCK_FILE = 'daemon.lock';

export interface DirectoryLock {
  release(): void;
}

/** One drainer per data directory: two would send every event twice. */
export function takeDrainLock(dataDir: string): DirectoryLock | null {
  return takeDirectoryLock(dataDir, DRAIN_LOCK_FILE);
}

/**
 * An open exclusive transaction on a small SQLite file of its own, that is, a lock of the operating system: the
 * kernel frees it when the process dies, however it dies, so there is no stale lock to remove and no pid to guess
 * about. Returns null when another process (or another holder in this one) has it.
 */
export function takeDirectoryLock(dataDir: string, name: string): DirectoryLock | null {
  const path = join(dataDir, name);
  preparePrivateFile(path);
  let db: DatabaseSync | null = null;
  try {
    db = new DatabaseSync(path, { timeout: 0 });
    db.exec('PRAGMA journal_mode = DELETE');
    db.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    db?.close();
    const fault = asStateFault(error, path);
    if (fault instanceof StateFault && fault.code === 'state_locked') return null;
    throw fault;
  }
  const held = db;
  return {
    release: () => {
      if (held.isOpen) held.close();
    },
  };
}
