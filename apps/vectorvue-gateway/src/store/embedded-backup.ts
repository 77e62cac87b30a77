import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { EMBEDDED_DIRECTORY, START_PARAMETERS } from './embedded-database.ts';
import { takeEmbeddedLock } from './embedded-lock.ts';
import { judgeSchema, migrationLabel, RECORDED_MIGRATIONS, type RecordedMigration } from './judge-schema.ts';
import { MIGRATIONS } from './migrations/index.ts';
import { StoreError } from './store-error.ts';

/** What a restored database says of itself. */
export interface RestoredFacts {
  /** `0014-key-exchange`. */
  readonly newestMigration: string;
  readonly auditEntries: number;
  readonly events: number;
}

/**
 * Makes the embedded database of a data directory from a dump. Refuses where one is there already: `data_directory`, and
 * `locked` where another process holds it. A dump that cannot be opened, or whose schema this program cannot run on, leaves
 * nothing behind.
 */
export async function restoreEmbedded(dataDir: string, dump: Blob): Promise<RestoredFacts> {
  const directory = join(dataDir, EMBEDDED_DIRECTORY);
  const pgdata = join(directory, 'pgdata');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const lock = takeEmbeddedLock(directory);
  try {
    if (existsSync(pgdata)) {
      throw new StoreError(
        'data_directory',
        `${dataDir} holds a database already: move ${directory} away first`,
      );
    }
    try {
      return await load(pgdata, dump);
    } catch (fault) {
      rmSync(pgdata, { recursive: true, force: true });
      if (fault instanceof StoreError) throw fault;
      throw new StoreError('data_directory', 'the dump is no embedded database of this gateway', {
        cause: fault,
      });
    }
  } finally {
    lock.release();
  }
}

async function load(pgdata: string, dump: Blob): Promise<RestoredFacts> {
  const engine = await PGlite.create({
    dataDir: pgdata,
    loadDataDir: dump,
    startParams: [...START_PARAMETERS],
  });
  try {
    const { rows } = await engine.query<RecordedMigration>(RECORDED_MIGRATIONS);
    const { refusal } = judgeSchema(rows, MIGRATIONS, true);
    if (refusal !== null) throw refusal;
    const counted = await engine.query<{ audit: number; events: number }>(
      'SELECT (SELECT count(*)::int FROM federation.audit_log) AS audit, (SELECT count(*)::int FROM federation.events) AS events',
    );
    const newest = rows.filter(({ finished }) => finished).at(-1);
    return {
      newestMigration: newest === undefined ? 'none' : migrationLabel(newest),
      auditEntries: counted.rows[0]?.audit ?? 0,
      events: counted.rows[0]?.events ?? 0,
    };
  } finally {
    await engine.close();
  }
}
