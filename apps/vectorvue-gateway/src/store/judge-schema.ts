import { createHash } from 'node:crypto';
import type { Migration } from './migrations/migration.ts';
import { StoreError } from './store-error.ts';

/** A row of federation.schema_migrations. */
export interface RecordedMigration {
  readonly id: number;
  readonly name: string;
  readonly checksum: string;
  readonly finished: boolean;
  readonly failure: string | null;
  /** As `Migration.oldestProgram`; null: no program that does not know it may run. */
  readonly oldest_program: number | null;
}

/** Also where the column is not there yet: this reads the row as it is. */
export const RECORDED_MIGRATIONS = `SELECT id, name, checksum, finished_at IS NOT NULL AS finished, failure,
    (to_jsonb(m)->>'oldest_program')::int AS oldest_program
  FROM federation.schema_migrations m ORDER BY id`;

export interface PendingMigration {
  readonly migration: Migration;
  /** `unfinished`: the process that ran it died. `failed`: refused until it is asked for again. */
  readonly state: 'new' | 'unfinished' | 'failed';
}

/** Where a database stands, seen from a program. */
export interface SchemaStanding {
  /** In order. */
  readonly pending: readonly PendingMigration[];
  /** Applied by a newer program; this one may run beside them unless they are the refusal. */
  readonly newer: readonly RecordedMigration[];
  /** null: this program may migrate, and afterwards run. */
  readonly refusal: StoreError | null;
}

/** `0003-trust`: how a migration is called in messages and results. */
export function migrationLabel(migration: { readonly id: number; readonly name: string }): string {
  return `${String(migration.id).padStart(4, '0')}-${migration.name}`;
}

export function migrationChecksum(migration: Migration): string {
  return createHash('sha256').update(`${migration.as}\n${migration.sql}`).digest('hex');
}

/** Compares what the database has recorded with what the program knows. Changes nothing. */
export function judgeSchema(
  recorded: readonly RecordedMigration[],
  migrations: readonly Migration[],
  retryFailed = false,
): SchemaStanding {
  const rows = new Map(recorded.map((row) => [row.id, row]));
  const known = new Set(migrations.map(({ id }) => id));
  const newer = recorded.filter(({ id }) => !known.has(id));
  const pending: PendingMigration[] = [];
  let refusal = refuseNewer(newer, Math.max(0, ...known));
  for (const migration of migrations) {
    const row = rows.get(migration.id);
    refusal ??= row === undefined ? null : refuseChangedOrFailed(migration, row, retryFailed);
    if (row?.finished === true) continue;
    const state = row === undefined ? 'new' : row.failure === null ? 'unfinished' : 'failed';
    pending.push({ migration, state });
  }
  // A newer program ran its own after ours; ours after its own would be an order that nobody has tried.
  if (newer.length > 0 && pending.length > 0) refusal ??= newerThanThis(newer);
  return { pending, newer, refusal };
}

function refuseNewer(newer: readonly RecordedMigration[], newestKnown: number): StoreError | null {
  const apart = newer.filter(({ oldest_program: oldest }) => oldest === null || oldest > newestKnown);
  return apart.length === 0 ? null : newerThanThis(apart);
}

function newerThanThis(newer: readonly RecordedMigration[]): StoreError {
  const labels = newer.map(migrationLabel).join(', ');
  return new StoreError(
    'schema_newer',
    `the database has migration ${labels}, which this version does not know and cannot run beside: use the newer program`,
  );
}

function refuseChangedOrFailed(
  migration: Migration,
  row: RecordedMigration,
  retryFailed: boolean,
): StoreError | null {
  const label = migrationLabel(migration);
  if (row.failure !== null && !row.finished && !retryFailed) {
    return new StoreError(
      'migration_failed',
      `migration ${label} failed before (${row.failure}): remove the cause, then migrate with the retry option`,
    );
  }
  // What was never finished left nothing behind, so a corrected text may replace it.
  if (!row.finished) return null;
  if (row.checksum === migrationChecksum(migration) && row.name === migration.name) return null;
  return new StoreError(
    'migration_changed',
    `migration ${label} is not the one that made this database: the program was changed, or the database was`,
  );
}
