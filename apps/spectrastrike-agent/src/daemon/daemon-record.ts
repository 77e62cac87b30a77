import type { DatabaseSync } from 'node:sqlite';
import type { JsonLike } from '../cli/command-result.ts';
import { DAEMON_LOCK_FILE, takeDirectoryLock } from '../spool/directory-lock.ts';
import type { State } from '../state/open-state.ts';

export interface DaemonRecord {
  readonly pid: number;
  /** Unix milliseconds. */
  readonly startedAtMs: number;
  readonly version: string;
  readonly services: JsonLike;
}

/** Within a transaction, once the daemon is ready. */
export function recordDaemon(db: DatabaseSync, record: DaemonRecord): void {
  db.prepare(
    'INSERT OR REPLACE INTO daemon (singleton, pid, started_at_ms, version, services) VALUES (1, ?, ?, ?, ?)',
  ).run(record.pid, record.startedAtMs, record.version, JSON.stringify(record.services));
}

/** Within a transaction, when it ends by itself. */
export function forgetDaemon(db: DatabaseSync): void {
  db.prepare('DELETE FROM daemon').run();
}

/** The daemon that runs on this state; null: none. A pid alone proves nothing, so its lock is asked. */
export function runningDaemon(state: State): DaemonRecord | null {
  const row = state.read(() =>
    state.db.prepare('SELECT pid, started_at_ms, version, services FROM daemon').get(),
  );
  if (row === undefined) return null;
  const lock = takeDirectoryLock(state.dataDir, DAEMON_LOCK_FILE);
  if (lock !== null) {
    lock.release();
    return null;
  }
  return {
    pid: Number(row.pid),
    startedAtMs: Number(row.started_at_ms),
    version: String(row.version),
    services: JSON.parse(String(row.services)) as JsonLike,
  };
}
