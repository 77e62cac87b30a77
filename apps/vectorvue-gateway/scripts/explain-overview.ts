import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startPostgres } from '@nyxera/federation-testing';
import { Traffic } from '../src/console/overview/traffic.ts';
import { transactionAsReader } from '../src/store/as-reader.ts';
import type { Database, Queryable, SqlValue, Statement } from '../src/store/database.ts';
import { withLoginSession } from '../src/store/login-session.ts';
import { migrate } from '../src/store/migrate.ts';
import { type DatabaseRole, openDatabase } from '../src/store/open-database.ts';
import { countRefusals, listRefusals, type RefusalQuery } from '../src/store/read/list-refusals.ts';
import {
  COUNT_ENTRIES,
  KEYS_ENDING,
  LAST_CONTACTS,
  LAST_REFUSALS,
  LOG_STANDING,
  MAPPING_VIOLATIONS,
} from '../src/store/sql/overview.ts';

/**
 * `node scripts/explain-overview.ts`: makes a log of 1,000,000 entries (1 % refusals, 20 tenants, the last three hours) on
 * a PostgreSQL of its own, and writes the plan of every query of the overview, refusals and security events beside them.
 * `--rows N`: another size.
 */
const { values } = parseArgs({ options: { rows: { type: 'string', default: '1000000' } } });
const rows = Number(values.rows);
const CONSOLE = join(import.meta.dirname, '..', 'src', 'console');
const tenant = (n: number): string => `${String(n).padStart(8, '0')}-0000-4000-8000-000000000000`;
const logger = { warn: () => undefined, error: () => undefined };

const FILL = `
INSERT INTO federation.tenants (tenant_id, name) SELECT lpad(n::text, 8, '0') || '-0000-4000-8000-000000000000', 'tenant ' || n
  FROM generate_series(1, 20) AS n;
INSERT INTO federation.service_identities (identity, source) SELECT 'agent-' || n, 'cli' FROM generate_series(1, 40) AS n;
INSERT INTO federation.audit_log (sequence, request_id, recorded_at, class, action, actor, tenant_id, code, kid, peer_sha256,
    entry, disclosure, leaf_hash)
SELECT n, gen_random_uuid(), now() - interval '3 hours' * (1 - n / ${rows}.0),
       CASE WHEN n % 200 = 0 THEN 'security' ELSE 'decision' END, 'telemetry', 'agent-' || (n / 100 + n) % 40,
       CASE WHEN n % 300 = 0 THEN NULL ELSE lpad((1 + (n / 100 + n) % 20)::text, 8, '0') || '-0000-4000-8000-000000000000' END,
       CASE WHEN n % 100 <> 0 THEN CASE WHEN n % 37 = 0 THEN 'duplicate' ELSE 'accepted' END
            WHEN n % 200 = 0 THEN (ARRAY['replay_detected', 'event_conflict', 'signature_invalid'])[1 + n / 200 % 3]
            ELSE (ARRAY['schema_invalid', 'timestamp_out_of_window'])[1 + n / 100 % 2] END,
       'key-1', repeat('c', 64), repeat('e', 700), '{}', sha256(n::text::bytea)
  FROM generate_series(0, ${rows} - 1) AS n;
UPDATE federation.audit_head SET size = ${rows};
INSERT INTO federation.evidence (tenant_id, request_id, received_at, endpoint, identity, peer_sha256, operator_id, kid, public_key,
    signature, header_timestamp, nonce, body, body_sha256)
SELECT lpad((1 + n % 20)::text, 8, '0') || '-0000-4000-8000-000000000000', gen_random_uuid(),
       now() - interval '3 hours' * (1 - n / ${rows}.0), 'telemetry', 'agent-' || n % 40, repeat('c', 64), 'op-' || n % 20, 'key-1',
       sha256('k'), decode(repeat('ab', 64), 'hex'), extract(epoch FROM now())::bigint, 'nonce-' || n, repeat('b', 200)::bytea, sha256('b')
  FROM generate_series(1, ${rows}) AS n;
ANALYZE`;

/** A database that keeps what it was asked, so that the very statement is explained. */
function listening(): {
  readonly db: Queryable;
  asked: { statement: Statement; parameters: readonly SqlValue[] }[];
} {
  const asked: { statement: Statement; parameters: readonly SqlValue[] }[] = [];
  return {
    asked,
    db: {
      query: async (statement, parameters = []) => {
        asked.push({ statement, parameters });
        return [];
      },
    },
  };
}

let named = 0;

async function explain(
  db: Queryable,
  statement: Statement,
  parameters: readonly SqlValue[],
): Promise<string> {
  named += 1;
  const plan = await db.query<{ 'QUERY PLAN': string }>(
    { name: `explain-${named}`, text: `EXPLAIN (ANALYZE, COSTS off, BUFFERS, SUMMARY on) ${statement.text}` },
    parameters,
  );
  return plan.map((row) => row['QUERY PLAN']).join('\n');
}

async function overviewPlans(db: Database): Promise<string> {
  const hourAgo = new Date(Date.now() - 3_600_000);
  const parts: string[] = [];
  for (const [statement, parameters] of [
    [COUNT_ENTRIES, [rows - 20_000, rows]],
    [LAST_CONTACTS, []],
    [LAST_REFUSALS, []],
    [MAPPING_VIOLATIONS, [hourAgo]],
    [LOG_STANDING, []],
    [KEYS_ENDING, [hourAgo]],
  ] as const) {
    await explain(db, statement, parameters);
    parts.push(`# ${statement.name}\n${await explain(db, statement, parameters)}`);
  }
  const traffic = new Traffic(db);
  const begin = performance.now();
  await traffic.advance();
  while (await traffic.stepBack());
  const took = Math.round(performance.now() - begin);
  parts.push(`# the whole window of the last hour, counted once after a start: ${took} ms`);
  return parts.join('\n\n');
}

async function refusalPlans(db: Database): Promise<string> {
  const all = 'all-tenants' as const;
  const two = [tenant(3), tenant(7)];
  const base = { kind: 'refusals', scope: all, codes: null, actor: null, from: null, to: null } as const;
  const queries: readonly (readonly [string, RefusalQuery])[] = [
    ['everybody', base],
    ['by code', { ...base, codes: ['schema_invalid'] }],
    ['by identity', { ...base, actor: 'agent-7' }],
    ['of two tenants', { ...base, scope: two }],
    ['of two tenants by code', { ...base, scope: two, codes: ['event_conflict'] }],
    ['security events', { ...base, kind: 'security' }],
    ['security events of two tenants', { ...base, kind: 'security', scope: two }],
  ];
  const parts: string[] = [];
  for (const [name, query] of queries) {
    const { db: ear, asked } = listening();
    await listRefusals(ear, { ...query, after: null, limit: 500 });
    await countRefusals(ear, query);
    for (const { statement, parameters } of asked) {
      const plan = await transactionAsReader(db, query.scope, async (tx) => {
        await explain(tx, statement, parameters);
        return explain(tx, statement, parameters);
      });
      parts.push(`# ${name}: ${statement.name}\n${plan}`);
    }
  }
  return parts.join('\n\n');
}

const server = await startPostgres({ fast: true });
try {
  const url = await server.createDatabase();
  const open = (role: DatabaseRole): Promise<Database> =>
    openDatabase({ databaseUrl: url, dataDir: '', role, logger });
  const owner = await open('migrate');
  await migrate(owner);
  await withLoginSession(owner, (session) => session.script(FILL));
  await owner.close();
  const serve = await open('serve');
  const read = await open('read');
  const head = `-- Written by scripts/explain-overview.ts on PostgreSQL 18, ${rows} entries and as many rows of evidence.\n\n`;
  writeFileSync(join(CONSOLE, 'overview', 'overview.plan.txt'), `${head}${await overviewPlans(serve)}\n`);
  writeFileSync(join(CONSOLE, 'refusals', 'refusals.plan.txt'), `${head}${await refusalPlans(read)}\n`);
  await serve.close();
  await read.close();
} finally {
  await server.stop();
}
