import type { Database } from './database.ts';
import {
  judgeSchema,
  migrationChecksum,
  migrationLabel,
  RECORDED_MIGRATIONS,
  type RecordedMigration,
} from './judge-schema.ts';
import { type LoginSession, withLoginSession } from './login-session.ts';
import { MIGRATIONS } from './migrations/index.ts';
import type { Migration } from './migrations/migration.ts';
import { StoreError, sqlState } from './store-error.ts';

/** Advisory lock of this database: one migrator at a time, in whichever process. */
const MIGRATION_LOCK = 7_310_200;

export interface MigrateOptions {
  /** The program's own by default; a test gives others. */
  readonly migrations?: readonly Migration[];
  /** Tries a migration again that is recorded as failed. Only after its cause is gone. Default false. */
  readonly retryFailed?: boolean;
  /** How many of those that are to be applied are; called before the first and after each. */
  readonly progress?: (done: number, total: number) => void;
}

/**
 * Brings the schema to what this program knows, and answers with what it applied (`0003-trust`). Forward only.
 * A row is recorded before a migration runs and finished in the transaction of the migration itself: a process that
 * dies half-way leaves a row without a finish and nothing of the migration, and the next one runs it again.
 *
 * Throws StoreError: `schema_newer`, `migration_changed`, `migration_failed` (recorded, refused until `retryFailed`),
 * `privilege_missing` (says what to grant), `unavailable`, `connection_lost`.
 */
export function migrate(
  db: Database,
  options: MigrateOptions = {},
): Promise<{ readonly applied: readonly string[] }> {
  const migrations = options.migrations ?? MIGRATIONS;
  return withLoginSession(db, async (session) => {
    const [before] = await session.query<{ timeout: string }>({
      name: 'migrate_timeout',
      // Waiting for another migrator is no hung statement.
      text: `SELECT current_setting('statement_timeout') AS timeout, set_config('statement_timeout', '0', false)`,
    });
    await session.query({ name: 'migrate_lock', text: 'SELECT pg_advisory_lock($1)' }, [MIGRATION_LOCK]);
    try {
      return { applied: await applyAll(session, migrations, options) };
    } finally {
      // A lost connection has freed it already.
      await session
        .script(
          `ROLLBACK; RESET ROLE; SELECT pg_advisory_unlock(${MIGRATION_LOCK}); SET statement_timeout = '${before?.timeout ?? 0}'`,
        )
        .catch(() => undefined);
    }
  });
}

export { migrationChecksum, migrationLabel };

async function applyAll(
  session: LoginSession,
  migrations: readonly Migration[],
  { retryFailed = false, progress = () => undefined }: MigrateOptions,
): Promise<readonly string[]> {
  await prepare(session);
  const recorded = await session.query<RecordedMigration>({
    name: 'migrate_recorded',
    text: RECORDED_MIGRATIONS,
  });
  const { pending, refusal } = judgeSchema(recorded, migrations, retryFailed);
  if (refusal !== null) throw refusal;
  for (const [done, { migration }] of pending.entries()) {
    progress(done, pending.length);
    await apply(session, migration);
  }
  if (pending.length > 0) progress(pending.length, pending.length);
  return pending.map(({ migration }) => migrationLabel(migration));
}

async function apply(session: LoginSession, migration: Migration): Promise<void> {
  const label = migrationLabel(migration);
  await session.script('RESET ROLE');
  await session.query(
    {
      name: 'migrate_start',
      text: `INSERT INTO federation.schema_migrations (id, name, checksum, oldest_program) VALUES ($1, $2, $3, $4)
             ON CONFLICT (id) DO UPDATE SET name = excluded.name, checksum = excluded.checksum,
               oldest_program = excluded.oldest_program, started_at = clock_timestamp(), failure = NULL`,
    },
    [migration.id, migration.name, migrationChecksum(migration), migration.oldestProgram ?? null],
  );
  try {
    await session.script('BEGIN');
    if (migration.as === 'migrate') await session.script('SET LOCAL ROLE vectorvue_migrate');
    await session.script(`SET LOCAL search_path = federation, pg_temp; ${migration.sql}`);
    await session.query(
      {
        name: 'migrate_finish',
        text: 'UPDATE federation.schema_migrations SET finished_at = clock_timestamp() WHERE id = $1',
      },
      [migration.id],
    );
    await session.script('COMMIT');
  } catch (error) {
    const state = sqlState(error);
    // No SQLSTATE: the connection is gone, nothing can be recorded, and the row without a finish says enough.
    if (state === null) throw error;
    await session.script('ROLLBACK; RESET ROLE');
    await session.query(
      { name: 'migrate_fail', text: 'UPDATE federation.schema_migrations SET failure = $2 WHERE id = $1' },
      [migration.id, `SQLSTATE ${state}`],
    );
    throw new StoreError('migration_failed', `migration ${label} failed (SQLSTATE ${state})`, {
      cause: error,
    });
  }
}

/** The schema and the table of migrations themselves; and whether this login may do the rest. */
async function prepare(session: LoginSession): Promise<void> {
  const [found] = await session.query<{
    has_schema: boolean;
    has_oldest_program: boolean;
    may_create: boolean;
    may_make_roles: boolean;
    missing_roles: readonly string[];
    is_owner: boolean;
    login: string;
    database: string;
  }>({
    name: 'migrate_privileges',
    text: `SELECT to_regclass('federation.schema_migrations') IS NOT NULL AS has_schema,
                  EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass('federation.schema_migrations')
                            AND attname = 'oldest_program') AS has_oldest_program,
                  has_database_privilege(current_database(), 'CREATE') AS may_create,
                  (SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = session_user) AS may_make_roles,
                  ARRAY(SELECT wanted FROM unnest(ARRAY['vectorvue_migrate', 'vectorvue_serve', 'vectorvue_read',
                          'vectorvue_retain']) AS wanted
                         WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted)) AS missing_roles,
                  coalesce((SELECT pg_has_role(session_user, relowner, 'MEMBER') FROM pg_class
                             WHERE oid = to_regclass('federation.schema_migrations')), false) AS is_owner,
                  session_user::text AS login, current_database()::text AS database`,
  });
  if (found === undefined)
    throw new StoreError('unavailable', 'the database did not say what this login may do');
  const lacking: string[] = [];
  if (found.missing_roles.length > 0 && !found.may_make_roles) {
    lacking.push(...found.missing_roles.map((role) => `CREATE ROLE ${role} NOLOGIN`));
    lacking.push(`GRANT ${found.missing_roles.join(', ')} TO "${found.login}"`);
  }
  if (!found.has_schema && !found.may_create) {
    lacking.push(`GRANT CREATE ON DATABASE "${found.database}" TO "${found.login}"`);
  }
  if (found.has_schema && !found.is_owner) lacking.push(`GRANT vectorvue_migrate TO "${found.login}"`);
  if (lacking.length > 0) {
    throw new StoreError(
      'privilege_missing',
      `the login ${found.login} may not migrate; a superuser must first run: ${lacking.join('; ')}`,
    );
  }
  if (found.has_schema) {
    // Whatever of this table's columns came later is added here, since it is there before any migration.
    if (!found.has_oldest_program) {
      await session.script(
        'ALTER TABLE federation.schema_migrations ADD COLUMN IF NOT EXISTS oldest_program int',
      );
    }
    return;
  }
  await session.script(`
    BEGIN;
    CREATE SCHEMA IF NOT EXISTS federation;
    CREATE TABLE federation.schema_migrations (
      id int PRIMARY KEY,
      name text NOT NULL,
      checksum text NOT NULL,
      started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      finished_at timestamptz,
      failure text,
      oldest_program int
    );
    COMMIT;`);
}
