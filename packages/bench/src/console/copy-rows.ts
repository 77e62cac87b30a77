import pg from 'pg';
import { steps } from '../fill-store.ts';
import { withoutIndexes } from '../without-indexes.ts';

/** Days over which the copies are spread, the last one ending now. */
const DAYS = 30;
/** Rows in one statement, about: long enough to be fast, short enough to tell progress. */
const STEP_ROWS = 100_000;
/** Every fifth copy belongs to it. */
export const OTHER_TENANT = '0badc0de-0000-4000-8000-000000000007';

/** How far copy `n` lies behind its original, `n` times over. */
interface Distance {
  readonly entries: number;
  readonly seconds: number;
}

/** What differs between a row and its copies, each an execution of its own; everything else is the real row's. */
function changed({ entries, seconds }: Distance): Readonly<Record<string, Readonly<Record<string, string>>>> {
  const requestId = `md5(t.request_id::text || ':' || n)::uuid`;
  const fingerprint = (column: string): string => `encode(sha256((t.${column} || n)::bytea), 'hex')`;
  const later = (column: string): string => `t.${column} + n * interval '${seconds} seconds'`;
  const tenantId = `CASE WHEN n % 5 = 0 AND t.tenant_id IS NOT NULL THEN '${OTHER_TENANT}' ELSE t.tenant_id END`;
  const scope = { tenant_id: tenantId };
  const named = {
    ...scope,
    event_id: `t.event_id || '-' || n`,
    campaign_id: `t.campaign_id || '-' || n % 20`,
  };
  return {
    evidence: { ...scope, request_id: requestId, received_at: later('received_at') },
    audit_log: {
      ...scope,
      request_id: requestId,
      sequence: `t.sequence + n::bigint * ${entries}`,
      recorded_at: later('recorded_at'),
    },
    events: {
      ...named,
      request_id: requestId,
      execution_hash: fingerprint('execution_hash'),
      accepted_at: later('accepted_at'),
    },
    findings: {
      ...named,
      finding_id: `t.finding_id || '-' || n`,
      execution_fingerprint: fingerprint('execution_fingerprint'),
      first_seen: later('first_seen'),
      last_seen: later('last_seen'),
    },
  };
}

/** The real rows become the oldest ones, so that the order of the log is that of time. */
const MOMENTS = [
  ['evidence', 'received_at'],
  ['audit_log', 'recorded_at'],
  ['events', 'accepted_at'],
  ['findings', 'first_seen'],
  ['findings', 'last_seen'],
] as const;

/** Every column that can be given, so that those of a later migration are copied too. */
const COLUMNS = `SELECT column_name FROM information_schema.columns
 WHERE table_schema = 'federation' AND table_name = $1 AND is_identity = 'NO' AND is_generated = 'NEVER'
 ORDER BY ordinal_position`;

export interface Copied {
  readonly events: number;
  readonly auditEntries: number;
  readonly findings: number;
  /** Each of the others is a copy of one of these. */
  readonly realEvents: number;
  readonly seconds: number;
}

/**
 * Copies what a gateway has really stored (events, evidence, findings, audit entries, refusals among them) until there are
 * at least `events` of them, spread over thirty days and two tenants. The sequence of the log goes on without a gap; it
 * would not pass a verification, because copies keep the leaf hashes of their originals.
 */
export async function copyRows(
  databaseUrl: string,
  events: number,
  say: (text: string) => void,
): Promise<Copied> {
  const started = performance.now();
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    // Of this session alone. Triggers and foreign keys are for writers; this is the superuser laying out ballast.
    await client.query(
      "SET synchronous_commit = off; SET maintenance_work_mem = '1GB'; SET session_replication_role = replica",
    );
    const realEvents = await count(client, 'events');
    const copies = Math.max(1, Math.ceil(events / realEvents) - 1);
    for (const [table, column] of MOMENTS) {
      await client.query(`UPDATE federation.${table} SET ${column} = ${column} - interval '${DAYS} days'`);
    }
    const { rows } = await client.query<{ size: string }>('SELECT size FROM federation.audit_head');
    const entries = Number(rows[0]?.size);
    const changes = changed({ entries, seconds: (DAYS * 86_400) / copies });
    const tables = Object.keys(changes);
    for (const table of tables) {
      await client.query(`CREATE TEMP TABLE real_${table} AS SELECT * FROM federation.${table}`);
    }
    await withoutIndexes(client, tables, async () => {
      for (const [from, to] of steps(copies, Math.max(1, Math.round(STEP_ROWS / realEvents)))) {
        for (const table of tables) {
          await client.query(await copyStatement(client, table, changes[table] ?? {}), [from, to]);
        }
        say(`copied ${to * realEvents} events`);
      }
    });
    await client.query('UPDATE federation.audit_head SET size = $1', [entries * (copies + 1)]);
    say('indexes are back');
    await client.query('VACUUM ANALYZE');
    await client.query('CHECKPOINT');
    return {
      events: await count(client, 'events'),
      auditEntries: await count(client, 'audit_log'),
      findings: await count(client, 'findings'),
      realEvents,
      seconds: (performance.now() - started) / 1000,
    };
  } finally {
    await client.end();
  }
}

async function count(client: pg.Client, table: string): Promise<number> {
  const { rows } = await client.query<{ count: string }>(`SELECT count(*) FROM federation.${table}`);
  return Number(rows[0]?.count);
}

async function copyStatement(
  client: pg.Client,
  table: string,
  changes: Readonly<Record<string, string>>,
): Promise<string> {
  const { rows } = await client.query<{ column_name: string }>(COLUMNS, [table]);
  const names = rows.map(({ column_name }) => column_name);
  const values = names.map((name) => changes[name] ?? `t.${name}`);
  return `INSERT INTO federation.${table} (${names.join(', ')}) SELECT ${values.join(', ')}
    FROM generate_series($1::int, $2::int) AS copies(n) CROSS JOIN real_${table} AS t ORDER BY n`;
}
