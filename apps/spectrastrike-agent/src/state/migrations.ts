import type { DatabaseSync } from 'node:sqlite';
import { foundation } from './migrations/0001-foundation.ts';
import { batches } from './migrations/0002-batches.ts';
import { largeSpools } from './migrations/0003-large-spools.ts';
import { witness } from './migrations/0004-witness.ts';
import { keyExchange } from './migrations/0005-key-exchange.ts';
import { daemon } from './migrations/0006-daemon.ts';
import { graphBodies } from './migrations/0007-graph-bodies.ts';
import { longReports } from './migrations/0008-long-reports.ts';
import { StateFault } from './state-fault.ts';

export interface Migration {
  /** Contiguous from 1. */
  readonly id: number;
  readonly name: string;
  readonly sql: string;
}

/** Forward-only. A migration that was released is never edited: the next one corrects it. */
export const MIGRATIONS: readonly Migration[] = [
  { id: 1, name: 'foundation', sql: foundation },
  { id: 2, name: 'batches', sql: batches },
  { id: 3, name: 'large-spools', sql: largeSpools },
  { id: 4, name: 'witness', sql: witness },
  { id: 5, name: 'key-exchange', sql: keyExchange },
  { id: 6, name: 'daemon', sql: daemon },
  { id: 7, name: 'graph-bodies', sql: graphBodies },
  { id: 8, name: 'long-reports', sql: longReports },
];

const LEDGER = `
CREATE TABLE IF NOT EXISTS schema_migrations (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  applied_at_ms INTEGER NOT NULL
) STRICT`;

/**
 * Brings the file to the newest schema that this program knows, each migration and its record in one
 * transaction under the write lock, so that two processes that start together do not both apply it and a
 * kill -9 leaves it applied and recorded, or neither. A file written by a newer program is refused before
 * anything is changed: an old program would not know the promises of the new tables.
 */
export function migrate(
  db: DatabaseSync,
  nowMs: number,
  migrations: readonly Migration[] = MIGRATIONS,
): string[] {
  const newest = migrations.at(-1)?.id ?? 0;
  if (appliedVersion(db) === newest) return [];
  const applied: string[] = [];
  db.exec('BEGIN IMMEDIATE');
  try {
    const version = appliedVersion(db);
    if (version > newest) {
      throw new StateFault(
        'state_newer_schema',
        `the state file has schema ${version}, this program knows ${newest}: use the newer program that wrote it`,
      );
    }
    db.exec(LEDGER);
    const record = db.prepare('INSERT INTO schema_migrations (id, name, applied_at_ms) VALUES (?, ?, ?)');
    for (const migration of migrations) {
      if (migration.id <= version) continue;
      db.exec(migration.sql);
      record.run(migration.id, migration.name, nowMs);
      applied.push(migration.name);
    }
    db.exec('COMMIT');
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
  return applied;
}

/** The id of the newest recorded migration; 0 for an empty file. */
export function appliedVersion(db: DatabaseSync): number {
  const ledger = db
    .prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'schema_migrations'")
    .get();
  if (ledger === undefined) return 0;
  const row = db.prepare('SELECT coalesce(max(id), 0) AS version FROM schema_migrations').get();
  return Number(row?.version ?? 0);
}
