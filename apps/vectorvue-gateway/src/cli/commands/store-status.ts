import { z } from 'zod';
import type { Statement } from '../../store/database.ts';
import { judgeSchema, RECORDED_MIGRATIONS, type RecordedMigration } from '../../store/judge-schema.ts';
import { MIGRATIONS } from '../../store/migrations/index.ts';
import { loadTrust } from '../../trust/load-trust.ts';
import { type JsonLike, storeCommand } from '../command.ts';
import { EXIT } from '../exit-codes.ts';

const STATUS: Statement = {
  name: 'read-store-status-v1',
  text: `SELECT current_setting('server_version') AS version,
  (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now_ms,
  (SELECT count(*) FROM schema_migrations WHERE finished_at IS NOT NULL)::int AS applied,
  (SELECT coalesce(max(id), 0) FROM schema_migrations WHERE finished_at IS NOT NULL)::int AS newest,
  (SELECT count(*) FROM keys WHERE owner = '@gateway' AND purpose = 'feedback' AND state = 'active')::int AS feedback_keys`,
};

/** From migration 14 on. */
const UNCONFIRMED: Statement = {
  name: 'read-store-unconfirmed-v1',
  text: `SELECT coalesce(array_agg(new_kid ORDER BY new_kid), '{}') AS kids FROM key_rotations
          WHERE state = 'published' AND alert_at <= $1`,
};

/** What `doctor` asks of the store. Not a command of its own: `doctor` runs it where the store is. */
export const storeStatus = storeCommand({
  name: 'store status',
  readOnly: true,
  input: z.strictObject({}),
  register: () => undefined,
  run: async (context) => {
    const beforeMs = context.now();
    const [row] = await context.db.query<{
      version: string;
      now_ms: number;
      applied: number;
      newest: number;
      feedback_keys: number;
    }>(STATUS);
    const afterMs = context.now();
    const recorded = await context.db.query<RecordedMigration>({
      name: 'read-store-migrations-v1',
      text: RECORDED_MIGRATIONS,
    });
    const trust = await loadTrust(context.db, afterMs);
    const [late] =
      row !== undefined && row.newest >= 14
        ? await context.db.query<{ kids: readonly string[] }>(UNCONFIRMED, [new Date(afterMs)])
        : [];
    const differenceMs = row === undefined ? 0 : Math.max(row.now_ms - afterMs, beforeMs - row.now_ms, 0);
    const status: { readonly [member: string]: JsonLike } = {
      kind: context.db.kind,
      version: row?.version ?? null,
      clock_difference_ms: Math.round(differenceMs),
      migrations_applied: row?.applied ?? 0,
      migrations_newest: row?.newest ?? 0,
      migrations_known: MIGRATIONS.length,
      migrations_refusal: judgeSchema(recorded, MIGRATIONS).refusal?.message ?? null,
      trust_version: trust.version,
      trust_faults: trust.faults,
      feedback_keys_active: row?.feedback_keys ?? 0,
      rotations_unconfirmed: late?.kids ?? [],
    };
    return { json: status, lines: [], exitCode: EXIT.ok };
  },
});
