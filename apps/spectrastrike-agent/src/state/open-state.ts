import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { migrate } from './migrations.ts';
import { preparePrivateDirectory, preparePrivateFile } from './private-files.ts';
import { asStateFault } from './state-fault.ts';

/** How long a writer waits for another process's transaction, in milliseconds. */
export const BUSY_TIMEOUT_MS = 10_000;
export const STATE_FILE = 'agent.db';

/**
 * The agent's one state file, `<data dir>/agent.db`.
 *
 * Durability: WAL with synchronous=FULL, so COMMIT returns only after the WAL was fsynced: what was committed
 * survives kill -9 and, where the disk honours fsync, a power loss. On macOS fsync does not reach the platter;
 * fullfsync asks for F_FULLFSYNC there and does nothing elsewhere. A network file system promises neither the
 * locks nor the shared memory that WAL needs: the data directory belongs on a local disk.
 * Atomicity: `transaction` is all or nothing.
 * Concurrency: many processes may open the file; one writes at a time, the others wait up to the busy timeout
 * and then get `state_locked`. Readers never wait.
 * Secrecy: 0600 file; no private key is ever stored in it.
 */
export interface State {
  readonly db: DatabaseSync;
  readonly path: string;
  readonly dataDir: string;
  /**
   * Runs `work` in one BEGIN IMMEDIATE transaction and returns after the fsync. `work` must be synchronous.
   * Anything thrown rolls back everything; SQLite's own failures arrive as StateFault.
   */
  transaction<T>(work: () => T): T;
  /** Runs a read; SQLite's own failures arrive as StateFault. */
  read<T>(work: () => T): T;
  close(): void;
}

export interface OpenStateOptions {
  /** Unix milliseconds, for the migration ledger. */
  readonly now?: () => number;
  /** Milliseconds; default BUSY_TIMEOUT_MS. */
  readonly busyTimeoutMs?: number;
}

/** Opens (making it if need be) and migrates the state. Throws StateFault, and only that, for what a user can mend. */
export function openState(dataDir: string, options: OpenStateOptions = {}): State {
  const path = join(dataDir, STATE_FILE);
  preparePrivateDirectory(dataDir);
  preparePrivateFile(path);
  let db: DatabaseSync | null = null;
  try {
    db = new DatabaseSync(path, {
      timeout: options.busyTimeoutMs ?? BUSY_TIMEOUT_MS,
      enableForeignKeyConstraints: true,
      enableDoubleQuotedStringLiterals: false,
      defensive: true,
    });
    db.exec('PRAGMA journal_mode = WAL');
    db.exec('PRAGMA synchronous = FULL');
    db.exec('PRAGMA fullfsync = ON');
    db.exec('PRAGMA checkpoint_fullfsync = ON');
    db.exec('PRAGMA trusted_schema = OFF');
    migrate(db, (options.now ?? Date.now)());
    return stateOf(db, path, dataDir);
  } catch (error) {
    db?.close();
    throw asStateFault(error, path);
  }
}

function stateOf(db: DatabaseSync, path: string, dataDir: string): State {
  return {
    db,
    path,
    dataDir,
    transaction: (work) => {
      try {
        db.exec('BEGIN IMMEDIATE');
        const value = work();
        db.exec('COMMIT');
        return value;
      } catch (error) {
        rollback(db);
        throw asStateFault(error, path);
      }
    },
    read: (work) => {
      try {
        return work();
      } catch (error) {
        throw asStateFault(error, path);
      }
    },
    close: () => {
      if (db.isOpen) db.close();
    },
  };
}

/** SQLite itself rolls back on a full disk, on a failed COMMIT it may not: ask it, and never mask the first error. */
function rollback(db: DatabaseSync): void {
  try {
    if (db.isOpen && db.isTransaction) db.exec('ROLLBACK');
  } catch {
    // The error that brought us here says more than a failed rollback; the next open recovers the file.
  }
}
