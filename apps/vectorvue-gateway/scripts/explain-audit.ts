/**
 * `node scripts/explain-audit.ts [--rows N]`: fills a PostgreSQL of its own with 1,000,000 entries of the audit log and their
 * events, and writes what the search of the log and the ATT&CK counts cost, and their plans, beside the queries.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startPostgres } from '@nyxera/federation-testing';
import pg from 'pg';
import { type ReaderScope, transactionAsReader } from '../src/store/as-reader.ts';
import type { Database, Queryable, SqlValue, Statement } from '../src/store/database.ts';
import { migrate } from '../src/store/migrate.ts';
import { MIGRATIONS } from '../src/store/migrations/index.ts';
import { type DatabaseRole, openDatabase } from '../src/store/open-database.ts';
import { type AuditSearch, searchAudit } from '../src/store/read/search-audit.ts';
import { READ_TECHNIQUES } from '../src/store/sql/technique-counts.ts';
import { fillAudit, tenant } from './fill-audit.ts';

const { values } = parseArgs({ options: { rows: { type: 'string', default: '1000000' } } });
const rows = Number(values.rows);
const CONSOLE = join(import.meta.dirname, '..', 'src', 'console');
const RUNS = 5;
const DAY_MS = 86_400_000;
const logger = { warn: () => undefined, error: () => undefined };

const EVERYTHING: Omit<AuditSearch, 'scope'> = {
  sequence: null,
  request: null,
  class: null,
  code: null,
  action: null,
  actor: null,
  from: null,
  to: null,
  below: null,
  limit: 50,
};
const before = (days: number): Date => new Date(Date.now() - days * DAY_MS);
const ONE = [tenant(3)];
const SEVERAL = [tenant(3), tenant(4), tenant(5)];
const SEARCHES: readonly (readonly [string, ReaderScope, Partial<AuditSearch>])[] = [
  ['everything', 'all-tenants', {}],
  ['a code', 'all-tenants', { code: 'signature_invalid' }],
  ['a class', 'all-tenants', { class: 'security' }],
  ['a class that is not there', 'all-tenants', { class: 'trust' }],
  ['an actor', 'all-tenants', { actor: 'agent-7' }],
  ['an actor that is not there', 'all-tenants', { actor: 'nobody' }],
  ['a day three weeks ago', 'all-tenants', { from: before(21), to: before(20) }],
  ['one tenant', ONE, {}],
  ['three tenants', SEVERAL, {}],
  ['one tenant, a code', ONE, { code: 'schema_invalid' }],
  ['one tenant, an actor that is not there', ONE, { actor: 'nobody' }],
  ['one tenant, a day three weeks ago', ONE, { from: before(21), to: before(20) }],
];
const COUNTS: readonly (readonly [string, ReaderScope, 'hour' | 'day', number])[] = [
  ['everybody, 30 days', 'all-tenants', 'day', 31],
  ['everybody, 14 days by the hour', 'all-tenants', 'hour', 14],
  ['one tenant, 14 days by the hour', ONE, 'hour', 14],
];

/** Hands statements on, and keeps the last one of that name. */
class Listening implements Queryable {
  readonly asked: (readonly [Statement, readonly SqlValue[]])[] = [];
  readonly #db: Queryable;

  constructor(db: Queryable) {
    this.#db = db;
  }

  query: Queryable['query'] = (statement, parameters = []) => {
    this.asked.push([statement, parameters]);
    return this.#db.query(statement, parameters);
  };
}

/** Median of the runs, in milliseconds, and the plan of the last statement. */
async function measured(
  db: Database,
  scope: ReaderScope,
  work: (tx: Queryable) => Promise<{ readonly said: string }>,
): Promise<string> {
  const times: number[] = [];
  let said = '';
  let plan = '';
  for (let run = 0; run < RUNS; run += 1) {
    await transactionAsReader(db, scope, async (tx) => {
      const listening = new Listening(tx);
      const started = performance.now();
      ({ said } = await work(listening));
      times.push(performance.now() - started);
      const last = listening.asked.at(-1);
      if (run < RUNS - 1 || last === undefined) return;
      const [statement, parameters] = last;
      const text = `EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, BUFFERS OFF) ${statement.text}`;
      const lines = await tx.query<{ 'QUERY PLAN': string }>(
        { name: `explain-${statement.name}`, text },
        parameters,
      );
      plan = `${statement.name}\n${lines.map((line) => line['QUERY PLAN']).join('\n')}`;
    });
  }
  const median = [...times].sort((a, b) => a - b)[Math.floor(RUNS / 2)] ?? 0;
  return `${median.toFixed(1)} ms (median of ${RUNS}); ${said}\n${plan}\n`;
}

const server = await startPostgres({ fast: true, settings: ['shared_buffers=256MB'] });
try {
  const databaseUrl = await server.createDatabase();
  const open = (role: DatabaseRole) => openDatabase({ databaseUrl, dataDir: '', role, logger });
  const owner = await open('migrate');
  await migrate(owner, { migrations: MIGRATIONS.filter(({ id }) => id < 19) });
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  for (const statement of fillAudit(rows)) await client.query(statement);
  const started = performance.now();
  await migrate(owner);
  const migrated = Math.round(performance.now() - started);
  await client.query('VACUUM ANALYZE');
  await client.end();
  await owner.close();
  const read = await open('read');
  const head = `Written by scripts/explain-audit.ts: PostgreSQL 18, ${rows} entries, pages of 50.\n\n`;
  let audit = head;
  for (const [name, scope, over] of SEARCHES) {
    audit += `# ${name}: ${await measured(read, scope, async (tx) => {
      const page = await searchAudit(tx, { ...EVERYTHING, scope, ...over }, () => performance.now());
      return {
        said: `${page.rows.length} rows, ${page.next === null ? 'the end' : `goes on below ${page.next}`}`,
      };
    })}\n`;
  }
  let attack = `${head}Migrations from 19 on, with the first counting of ${rows} entries: ${migrated} ms.\n\n`;
  for (const [name, scope, span, days] of COUNTS) {
    attack += `# ${name}: ${await measured(read, scope, async (tx) => {
      const tenants = scope === 'all-tenants' ? null : scope;
      const found = await tx.query(READ_TECHNIQUES, [tenants, span, before(days), before(0), 2_001]);
      return { said: `${found.length} techniques` };
    })}\n`;
  }
  await read.close();
  writeFileSync(join(CONSOLE, 'audit', 'audit.plan.txt'), audit);
  writeFileSync(join(CONSOLE, 'attack', 'attack.plan.txt'), attack);
} finally {
  await server.stop();
}
