/**
 * `node scripts/explain-feedback.ts`: fills a PostgreSQL of its own with 100,000 graphs, 300,000 adjustments, 100,000
 * answers in a log of 1,000,000 entries (20 tenants, the last ten days), and writes what the console's lists of feedback cost by
 * each filter, with their plans, beside the queries (src/console/feedback). `--rows N`: another size of the log;
 * `--out FILE`: to another place.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startPostgres } from '@nyxera/federation-testing';
import { type AdjustmentQuery, listAdjustments } from '../src/console/feedback/list-adjustments.ts';
import { type GraphQuery, listGraphs } from '../src/console/feedback/list-graphs.ts';
import { showAdjustment } from '../src/console/feedback/show-adjustment.ts';
import { type ReaderScope, transactionAsReader } from '../src/store/as-reader.ts';
import type { Queryable } from '../src/store/database.ts';
import { withLoginSession } from '../src/store/login-session.ts';
import { migrate } from '../src/store/migrate.ts';
import { type DatabaseRole, openDatabase } from '../src/store/open-database.ts';

const { values } = parseArgs({
  options: { rows: { type: 'string', default: '1000000' }, out: { type: 'string' } },
});
const rows = Number(values.rows);
const TARGET = values.out ?? join(import.meta.dirname, '..', 'src', 'console', 'feedback', 'lists.plan.txt');
const tenant = (n: number): string => `${String(n).padStart(8, '0')}-0000-4000-8000-000000000000`;
const NOW = Math.floor(Date.now() / 1000);
const RUNS = 5;

const OF_TENANT = (n: string) => `lpad((1 + ${n} % 20)::text, 8, '0') || '-0000-4000-8000-000000000000'`;
const FILL = `
INSERT INTO federation.graphs
SELECT ${OF_TENANT('n')}, gen_random_uuid(), 'op-' || n % 60, encode(sha256((n / 3)::text::bytea), 'hex'), repeat('b', 64),
       'urn:target:ip:10.' || n % 97 || '.0.1', n % 40, to_timestamp(${NOW} - 864000 * (1 - n / ${rows * 0.1}.0))
  FROM generate_series(1, ${rows * 0.1}) AS n;
INSERT INTO federation.adjustments (tenant_id, target_urn, action, confidence, rationale, control, ttl_seconds, issued_at, expires_at,
    execution_fingerprint, attestation_measurement_hash, cause, cause_id, rule_id, withdrawn_at)
SELECT ${OF_TENANT('n')}, 'urn:target:ip:10.' || n % 97 || '.0.1',
       CASE WHEN n % 20000 = 7 THEN 'deny' WHEN n % 3 = 0 THEN 'tighten' ELSE 'observe' END, 0.55, 'because', 'execution', 1800,
       issued.at, issued.at + 1800, encode(sha256((n / 6)::text::bytea), 'hex'), repeat('b', 64),
       CASE WHEN n % 1000 = 1 THEN 'analyst' ELSE 'graph' END, gen_random_uuid(), 'graph-any',
       CASE WHEN n % 5000 = 3 THEN to_timestamp(issued.at + 60) END
  FROM generate_series(1, ${rows * 0.3}) AS n, LATERAL (SELECT (${NOW} - 864000 * (1 - n / ${rows * 0.3}.0))::bigint AS at) AS issued;
INSERT INTO federation.audit_log (sequence, request_id, recorded_at, class, action, actor, tenant_id, code, kid, peer_sha256,
    entry, disclosure, leaf_hash)
SELECT n, gen_random_uuid(), to_timestamp(${NOW} - 864000 * (1 - n / ${rows}.0)), CASE WHEN n % 10 = 0 THEN 'feedback' ELSE 'decision' END,
       CASE WHEN n % 10 = 0 THEN 'feedback.query' ELSE 'telemetry' END, 'agent-' || n % 40, ${OF_TENANT('n / 10')},
       CASE WHEN n % 10 = 0 THEN 'issued' ELSE 'accepted' END, 'key-1', repeat('c', 64), '', '{}', sha256(n::text::bytea)
  FROM generate_series(0, ${rows} - 1) AS n;
ANALYZE`;

const ONE = [tenant(4)];
const THREE = [tenant(3), tenant(4), tenant(20)];
const FINGERPRINT = { fingerprint: '0'.repeat(64) };
const GRAPHS: GraphQuery = {
  operator: null,
  fingerprint: null,
  target: null,
  from: null,
  to: null,
  after: null,
  limit: 50,
};
const ADJUSTMENTS: AdjustmentQuery = {
  now: NOW,
  action: null,
  cause: null,
  fingerprint: null,
  target: null,
  from: null,
  to: null,
  state: null,
  after: null,
  limit: 50,
};

type Work = (db: Queryable) => Promise<unknown>;
const cases: (readonly [string, ReaderScope, Work])[] = [];
for (const [who, scope] of [
  ['everybody', 'all-tenants'],
  ['one tenant', ONE],
  ['three tenants', THREE],
] as const) {
  const graphs = (name: string, wanted: Partial<GraphQuery>) =>
    cases.push([`graphs of ${who}${name}`, scope, (db) => listGraphs(db, scope, { ...GRAPHS, ...wanted })]);
  const adjustments = (name: string, wanted: Partial<AdjustmentQuery>) =>
    cases.push([
      `adjustments of ${who}${name}`,
      scope,
      (db) => listAdjustments(db, scope, { ...ADJUSTMENTS, ...wanted }),
    ]);
  graphs('', {});
  graphs(', an operator', { operator: 'op-43' });
  graphs(', a fingerprint that is not there', FINGERPRINT);
  graphs(', a target that is not there', { target: 'urn:target:none' });
  adjustments('', {});
  adjustments(', alive', { state: 'alive' });
  adjustments(', withdrawn', { state: 'withdrawn' });
  adjustments(', deny', { action: 'deny' });
  adjustments(', of analysts', { cause: 'analyst' });
  adjustments(', a target', { target: 'urn:target:ip:10.7.0.1' });
  adjustments(', a target that is not there', { target: 'urn:target:none' });
  adjustments(', a fingerprint that is not there', FINGERPRINT);
  adjustments(', a day', { from: NOW - 5 * 86_400, to: NOW - 4 * 86_400 });
}

/** A database that also keeps the plan of what it runs. */
function explaining(db: Queryable, plans: string[]): Queryable {
  return {
    query: async (statement, parameters = []) => {
      const text = `EXPLAIN (ANALYZE, COSTS off, TIMING off, BUFFERS off) ${statement.text}`;
      const plan = await db.query<{ 'QUERY PLAN': string }>(
        { name: `x-${statement.name}`, text },
        parameters,
      );
      plans.push(`## ${statement.name}\n${plan.map((row) => row['QUERY PLAN']).join('\n')}`);
      return db.query(statement, parameters);
    },
  };
}

const server = await startPostgres({
  settings: ['shared_buffers=512MB', 'max_wal_size=4GB', 'random_page_cost=1.1'],
});
try {
  const databaseUrl = await server.createDatabase();
  const logger = { warn: () => undefined, error: () => undefined };
  const open = (role: DatabaseRole) => openDatabase({ databaseUrl, dataDir: '', role, logger });
  const owner = await open('migrate');
  await migrate(owner);
  await withLoginSession(owner, (session) => session.script(FILL));
  const [living] = await owner.query<{ adjustment_id: number; tenant_id: string }>({
    name: 'living',
    text: 'SELECT adjustment_id, tenant_id FROM federation.adjustments ORDER BY issued_at DESC OFFSET 40 LIMIT 1',
  });
  await owner.close();
  const key = { tenantId: living?.tenant_id ?? '', adjustmentId: living?.adjustment_id ?? 0 };
  cases.push([
    'one adjustment, who was answered',
    [key.tenantId],
    (db) => showAdjustment(db, key, Date.now()),
  ]);
  const read = await open('read');
  const parts = [
    `Written by scripts/explain-feedback.ts: PostgreSQL 18, ${rows * 0.1} graphs, ${rows * 0.3} adjustments, a log of ${rows}, pages of 50.`,
  ];
  for (const [name, scope, work] of cases) {
    const times: number[] = [];
    for (let run = 0; run < RUNS; run += 1) {
      const begin = performance.now();
      await transactionAsReader(read, scope, work);
      times.push(performance.now() - begin);
    }
    const plans: string[] = [];
    await transactionAsReader(read, scope, (tx) => work(explaining(tx, plans)));
    const [least = 0] = times.sort((a, b) => a - b);
    parts.push(
      `# ${name}: ${(times[RUNS >> 1] ?? 0).toFixed(1)} ms (median of ${RUNS}, least ${least.toFixed(1)})\n${plans.join('\n')}`,
    );
  }
  await read.close();
  writeFileSync(TARGET, `${parts.join('\n\n')}\n`);
} finally {
  await server.stop();
}
