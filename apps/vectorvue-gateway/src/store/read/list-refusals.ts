import type { ReaderScope } from '../as-reader.ts';
import type { Queryable, SqlValue, Statement } from '../database.ts';
import { type Cursor, type Page, toPage, utcText } from './page.ts';

/** A refusal or a security event, as the audit log has it. */
export interface ListedRefusal {
  readonly sequence: number;
  /** RFC 3339, UTC. */
  readonly recorded_at: string;
  readonly class: 'decision' | 'security';
  readonly code: string;
  readonly action: string;
  readonly actor: string;
  readonly tenant_id: string | null;
  readonly kid: string | null;
  readonly peer_sha256: string | null;
  readonly request_id: string;
  /** JSON: operator, subject and address, with their salts. `{}` where retention has taken them. */
  readonly disclosure: string;
}

export interface RefusalQuery {
  /** `security`: security events, those of the console included; `refusals`: of requests of agents, whatever the reason. */
  readonly kind: 'refusals' | 'security';
  readonly scope: ReaderScope;
  /** Exactly these; null: any. */
  readonly codes: readonly string[] | null;
  readonly actor: string | null;
  /** RFC 3339; from included, to not; null: unbounded. */
  readonly from: string | null;
  readonly to: string | null;
}

/** Word for word the predicates of the partial indexes (migration `refusals`), or they are not used. */
const KIND = {
  refusals: `class IN ('decision', 'security') AND code NOT IN ('', 'accepted', 'duplicate')`,
  security: `class = 'security' AND code <> ''`,
} as const;

const COLUMNS = `sequence, ${utcText('recorded_at')} AS recorded_at, class, code, action, actor, tenant_id, kid, peer_sha256,
  request_id, disclosure`;

/** Cursor: time and sequence. */
export const REFUSAL_CURSOR_PARTS = 2;

export async function listRefusals(
  db: Queryable,
  query: RefusalQuery & { readonly after: Cursor | null; readonly limit: number },
): Promise<Page<ListedRefusal>> {
  const { statement, parameters } = newest(query, query.after, query.limit + 1, COLUMNS, 'list');
  const rows = await db.query<ListedRefusal>(statement, parameters);
  return toPage(rows, query.limit, (row) => [row.recorded_at, String(row.sequence)]);
}

export interface RefusalCount {
  readonly code: string;
  readonly entries: number;
  /** RFC 3339, UTC. */
  readonly last_at: string;
}

/** Counting reads each entry; beyond this it would not be quick any more. */
export const MAX_COUNTED = 10_000;

/** How often each code is there among the newest `MAX_COUNTED`; `isWhole` false: there are more. The most frequent first. */
export async function countRefusals(
  db: Queryable,
  query: RefusalQuery,
): Promise<{ readonly counts: readonly RefusalCount[]; readonly isWhole: boolean }> {
  const { statement, parameters } = newest(query, null, MAX_COUNTED, 'sequence, recorded_at, code', 'count');
  const counts = await db.query<RefusalCount>(
    {
      name: statement.name,
      text: `SELECT code, count(*) AS entries, ${utcText('max(recorded_at)')} AS last_at
FROM (${statement.text}) AS newest GROUP BY code ORDER BY entries DESC, code`,
    },
    parameters,
  );
  return { counts, isWhole: counts.reduce((sum, { entries }) => sum + entries, 0) < MAX_COUNTED };
}

const FIND: Statement = {
  name: 'read-refusal-v1',
  text: `SELECT ${COLUMNS} FROM audit_log WHERE sequence = $1 AND ${KIND.refusals}`,
};

/** null: no such entry, it is no refusal, or not one that the reader may see. */
export async function findRefusal(db: Queryable, sequence: number): Promise<ListedRefusal | null> {
  return (await db.query<ListedRefusal>(FIND, [sequence]))[0] ?? null;
}

/**
 * The newest rows of a query. The text has only what was asked for, so that the planner sees which index serves; its
 * name says the same, so that each form is parsed once a connection. With several tenants the newest of each are merged:
 * one range of the index by tenant, not a search through all.
 */
function newest(
  query: RefusalQuery,
  after: Cursor | null,
  limit: number,
  columns: string,
  verb: 'list' | 'count',
): { readonly statement: Statement; readonly parameters: readonly SqlValue[] } {
  const parameters: SqlValue[] = [];
  const bind = (value: SqlValue, type: string): string => {
    parameters.push(value);
    return `$${parameters.length}::${type}`;
  };
  const { codes, actor, from, to, scope } = query;
  const conditions: string[] = [KIND[query.kind]];
  if (query.kind === 'refusals') conditions.push(`NOT starts_with(action, 'console.')`);
  let form = '';
  const add = (letter: string, condition: string): void => {
    form += letter;
    conditions.push(condition);
  };
  if (codes !== null && codes.length === 1) add('c', `code = ${bind(codes[0] ?? '', 'text')}`);
  else if (codes !== null) add('d', `code = ANY (${bind(codes, 'text[]')})`);
  if (actor !== null) add('i', `actor = ${bind(actor, 'text')}`);
  if (from !== null) add('f', `recorded_at >= ${bind(from, 'timestamptz')}`);
  if (to !== null) add('t', `recorded_at < ${bind(to, 'timestamptz')}`);
  if (after !== null) {
    const [time = '', sequence = ''] = after;
    add('a', `(recorded_at, sequence) < (${bind(time, 'timestamptz')}, ${bind(sequence, 'bigint')})`);
  }
  const most = bind(limit, 'int');
  // Qualified: among the columns is a text of the same name.
  const order = `ORDER BY log.recorded_at DESC, log.sequence DESC LIMIT ${most}`;
  const where = conditions.join(' AND ');
  const isAll = scope === 'all-tenants';
  const text = isAll
    ? `SELECT ${columns} FROM audit_log AS log WHERE ${where} ${order}`
    : `SELECT found.* FROM unnest(${bind(scope, 'text[]')}) AS own(tenant), LATERAL (
  SELECT ${columns} FROM audit_log AS log WHERE tenant_id = own.tenant AND ${where} ${order}) AS found\n ORDER BY found.recorded_at DESC, found.sequence DESC LIMIT ${most}`;
  return {
    statement: { name: `read-${query.kind}-${verb}-${isAll ? 'all' : 'own'}-${form}-v1`, text },
    parameters,
  };
}
