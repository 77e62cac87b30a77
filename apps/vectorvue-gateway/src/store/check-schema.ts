import type { Database } from './database.ts';
import { judgeSchema, migrationLabel, RECORDED_MIGRATIONS, type RecordedMigration } from './judge-schema.ts';
import { withLoginSession } from './login-session.ts';
import { MIGRATIONS } from './migrations/index.ts';
import type { Migration } from './migrations/migration.ts';
import { StoreError } from './store-error.ts';

export interface SchemaPlan {
  /** In the order in which they would run. */
  readonly pending: readonly {
    readonly migration: string;
    readonly state: 'new' | 'unfinished' | 'failed';
    readonly plan: string;
    /** Gateways whose newest migration is this or a later one may keep running while and after it runs. */
    readonly oldestProgram: number;
  }[];
  /** Applied already, by a newer program. */
  readonly newer: readonly string[];
  /** What `migrate` would refuse with. */
  readonly refusal: StoreError | null;
}

/** What `migrate` would do to this database. Changes nothing; needs no right but to read the table of migrations. */
export function planMigrations(
  db: Database,
  options: { readonly migrations?: readonly Migration[]; readonly retryFailed?: boolean } = {},
): Promise<SchemaPlan> {
  return withLoginSession(db, async (session) => {
    const [found] = await session.query<{ there: boolean }>({
      name: 'plan_schema',
      text: `SELECT to_regclass('federation.schema_migrations') IS NOT NULL AS there`,
    });
    const recorded =
      found?.there === true
        ? await session.query<RecordedMigration>({ name: 'plan_recorded', text: RECORDED_MIGRATIONS })
        : [];
    return describePlan(recorded, options.migrations ?? MIGRATIONS, options.retryFailed);
  });
}

/** The same of a database that is not there yet, or of recorded rows that were read elsewhere. */
export function describePlan(
  recorded: readonly RecordedMigration[],
  migrations: readonly Migration[],
  retryFailed?: boolean,
): SchemaPlan {
  const { pending, newer, refusal } = judgeSchema(recorded, migrations, retryFailed);
  return {
    pending: pending.map(({ migration, state }) => ({
      migration: migrationLabel(migration),
      state,
      plan: migration.plan,
      oldestProgram: migration.oldestProgram ?? migration.id,
    })),
    newer: newer.map(migrationLabel),
    refusal,
  };
}

/**
 * Where migrations are left to somebody else: whether this program may run on the schema as it is. Throws StoreError:
 * `schema_newer`, `schema_older` (somebody has to migrate), `migration_changed`, and what the query throws.
 */
export async function checkSchema(
  db: Database,
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<void> {
  const recorded = await db.query<RecordedMigration>({ name: 'check_schema', text: RECORDED_MIGRATIONS });
  // A migration that failed is not finished: it is waited for like one that nobody has begun.
  const { pending, refusal } = judgeSchema(recorded, migrations, true);
  if (refusal !== null) throw refusal;
  const [first] = pending;
  if (first !== undefined) {
    throw new StoreError(
      'schema_older',
      `the schema lacks migration ${migrationLabel(first.migration)}: run vectorvue-gateway migrate`,
    );
  }
}
