/**
 * `node scripts/explain-lists.ts`: fills a PostgreSQL of its own with 1,000,000 events and their findings, and writes what
 * the lists of events and findings cost by each filter, and their plans, beside the queries (src/console/events).
 * `--rows N`: another size.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startPostgres } from '@nyxera/federation-testing';
import { type EventFilters, listConsoleEvents } from '../src/console/events/list-events.ts';
import { listConsoleFindings } from '../src/console/events/list-findings.ts';
import { type ReaderScope, transactionAsReader } from '../src/store/as-reader.ts';
import type { Database, Queryable } from '../src/store/database.ts';
import { withLoginSession } from '../src/store/login-session.ts';
import { migrate } from '../src/store/migrate.ts';
import { type DatabaseRole, openDatabase } from '../src/store/open-database.ts';
import { fillEvents, SAMPLES, tenant } from './fill-events.ts';

const { values } = parseArgs({ options: { rows: { type: 'string', default: '1000000' } } });
const rows = Number(values.rows);
const TARGET = join(import.meta.dirname, '..', 'src', 'console', 'events', 'lists.plan.txt');
const logger = { warn: () => undefined, error: () => undefined };
const RUNS = 7;

const NONE: EventFilters = {
  campaign: null,
  operator: null,
  severity: null,
  technique: null,
  fingerprint: null,
  attestation: null,
  from: null,
  to: null,
};
type Wanted = Partial<EventFilters & { readonly status: string }>;
const ONE = [tenant(1)];
const SEVERAL = [tenant(3), tenant(4), tenant(20)];
const CASES: readonly (readonly [name: string, scope: ReaderScope, wanted: Wanted])[] = [
  ['everybody', 'all-tenants', {}],
  ['one tenant', ONE, {}],
  ['three tenants', SEVERAL, {}],
  ['a time range', ONE, { from: '2026-09-20T00:00:00Z', to: '2026-09-21T00:00:00Z' }],
  ['frequent severity', ONE, { severity: 'high' }],
  ['severity that ended long ago', 'all-tenants', { severity: 'critical' }],
  ['frequent technique', ONE, { technique: 'T1000' }],
  ['technique that ended long ago', ONE, { technique: 'T1190' }],
  ['technique of 11 events', 'all-tenants', { technique: 'T1499' }],
  ['campaign that ended long ago', ONE, { campaign: 'cmp-old' }],
  ['campaign of 41 events', 'all-tenants', { campaign: 'cmp-rare' }],
  ['campaign that is not there', SEVERAL, { campaign: 'nothing' }],
  ['rare operator', ONE, { operator: 'op-1-3' }],
  ['rare operator of everybody', 'all-tenants', { operator: 'op-1-3' }],
  ['two that never meet', ONE, { severity: 'critical', technique: 'T1007' }],
  ['fingerprint', ONE, { fingerprint: SAMPLES.fingerprint }],
  ['fingerprint, everybody', 'all-tenants', { fingerprint: SAMPLES.fingerprint }],
  ['attestation hash', 'all-tenants', { attestation: SAMPLES.attestation }],
  ['attestation hash of every 200th event', 'all-tenants', { attestation: SAMPLES.shared }],
  ['fingerprint and severity', SEVERAL, { fingerprint: SAMPLES.fingerprint, severity: 'high' }],
];
const FINDING_CASES: typeof CASES = [
  ...CASES,
  ['open', ONE, { status: 'open' }],
  ['suppressed, of which there is none', 'all-tenants', { status: 'suppressed' }],
];

/** Runs what it is asked, and has the plan of what reads the list. */
function explaining(db: Queryable): { readonly db: Queryable; readonly plans: string[] } {
  const plans: string[] = [];
  return {
    plans,
    db: {
      query: async (statement, parameters = []) => {
        if (statement.text.includes('walk_id')) {
          const text = `EXPLAIN (ANALYZE, COSTS off, TIMING off, BUFFERS off) ${statement.text}`;
          const plan = await db.query<{ 'QUERY PLAN': string }>(
            { name: `x-${statement.name}`, text },
            parameters,
          );
          plans.push(plan.map((row) => row['QUERY PLAN']).join('\n'));
        }
        return db.query(statement, parameters);
      },
    },
  };
}

type List = (
  db: Queryable,
  scope: ReaderScope,
  wanted: Wanted,
  after: string | null,
) => Promise<{ rows: readonly object[]; next: string | null }>;
const events: List = (db, scope, wanted, after) =>
  listConsoleEvents(db, { ...NONE, ...wanted, scope, after: cursorOf(after), limit: 50 }, () =>
    performance.now(),
  );
const findings: List = (db, scope, wanted, after) =>
  listConsoleFindings(
    db,
    { ...NONE, status: null, ...wanted, scope, after: cursorOf(after), limit: 50 },
    () => performance.now(),
  );

function cursorOf(text: string | null): readonly string[] | null {
  return text === null ? null : (JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as string[]);
}

async function measure(
  db: Database,
  list: List,
  [name, scope, wanted]: (typeof CASES)[number],
): Promise<string> {
  const times: number[] = [];
  let calls = 0;
  let slowest = 0;
  for (let run = 0; run < RUNS; run += 1) {
    const begin = performance.now();
    await transactionAsReader(db, scope, (tx) => list(tx, scope, wanted, null));
    times.push(performance.now() - begin);
  }
  // How many pages until one row is there or the end: those in between say "not yet".
  let after: string | null = null;
  let found = 0;
  do {
    const begin = performance.now();
    const page = await transactionAsReader(db, scope, (tx) => list(tx, scope, wanted, after));
    slowest = Math.max(slowest, performance.now() - begin);
    calls += 1;
    found = page.rows.length;
    after = page.next;
  } while (found === 0 && after !== null);
  const explained = await transactionAsReader(db, scope, async (tx) => {
    const ear = explaining(tx);
    await list(ear.db, scope, wanted, null);
    return ear.plans;
  });
  const median = [...times].sort((a, b) => a - b)[RUNS >> 1] ?? 0;
  return [
    `# ${name}: ${median.toFixed(1)} ms (median of ${RUNS}); first row or end after ${calls} pages, the slowest ${slowest.toFixed(1)} ms`,
    ...explained,
  ].join('\n');
}

const server = await startPostgres({
  settings: ['shared_buffers=512MB', 'max_wal_size=4GB', 'random_page_cost=1.1'],
});
try {
  const url = await server.createDatabase();
  const open = (role: DatabaseRole): Promise<Database> =>
    openDatabase({ databaseUrl: url, dataDir: '', role, logger });
  const owner = await open('migrate');
  await migrate(owner);
  for (const sql of fillEvents(rows)) await withLoginSession(owner, (session) => session.script(sql));
  await owner.close();
  const read = await open('read');
  const parts = [`Written by scripts/explain-lists.ts: PostgreSQL 18, ${rows} events, pages of 50.`];
  for (const one of CASES)
    parts.push(await measure(read, events, one).then((text) => text.replace('# ', '# events, ')));
  for (const one of FINDING_CASES) {
    parts.push(await measure(read, findings, one).then((text) => text.replace('# ', '# findings, ')));
  }
  await read.close();
  writeFileSync(TARGET, `${parts.join('\n\n')}\n`);
} finally {
  await server.stop();
}
