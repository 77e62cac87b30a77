import type { Database } from '../store/database.ts';
import { judgeSchema, RECORDED_MIGRATIONS, type RecordedMigration } from '../store/judge-schema.ts';
import { MIGRATIONS } from '../store/migrations/index.ts';

/** They are what somebody needs who finds out that the program is too old. */
const ALLOWED: ReadonlySet<string> = new Set(['store status', 'backup']);

/**
 * A command of an old program must not change, or explain, what a newer one has laid out otherwise: throws StoreError
 * `schema_newer` like the start of a gateway does. Where the table of migrations cannot be read, the command itself finds
 * out why.
 */
export async function refuseNewerSchema(db: Database, command: string): Promise<void> {
  if (ALLOWED.has(command)) return;
  const recorded = await db
    .query<RecordedMigration>({ name: 'command_schema', text: RECORDED_MIGRATIONS })
    .catch(() => []);
  const { refusal } = judgeSchema(recorded, MIGRATIONS, true);
  if (refusal?.code === 'schema_newer') throw refusal;
}
