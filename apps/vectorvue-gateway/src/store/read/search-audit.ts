import type { ReaderScope } from '../as-reader.ts';
import type { Queryable, SqlValue, Statement } from '../database.ts';
import { sequenceRange } from './sequence-at.ts';

/** An entry of the log as it is stored. */
export interface FoundEntry {
  readonly sequence: number;
  readonly recorded_at: Date;
  readonly class: string;
  readonly action: string;
  readonly actor: string;
  readonly tenant_id: string | null;
  readonly code: string;
  readonly kid: string | null;
  readonly peer_sha256: string | null;
  readonly request_id: string;
  /** Exactly as it was hashed; empty where it was pruned. */
  readonly entry: string;
  readonly disclosure: string;
  /** Hex. */
  readonly leaf_hash: string;
  readonly pruned_by: string | null;
}

/** null: whatever it is. Compared exactly. */
export interface AuditSearch {
  readonly scope: ReaderScope;
  readonly sequence: number | null;
  readonly request: string | null;
  readonly class: string | null;
  readonly code: string | null;
  readonly action: string | null;
  /** A service identity, `cli:<login>`, `console:<name>`, `environment`. */
  readonly actor: string | null;
  readonly from: Date | null;
  readonly to: Date | null;
  /** Only entries below this sequence. */
  readonly below: number | null;
  readonly limit: number;
}

export interface FoundPage {
  readonly rows: readonly FoundEntry[];
  /** `below` of the page that follows; null: there is nothing more. Rows may be few, or none, and more follow. */
  readonly next: number | null;
}

/** Entries that one statement looks at: few for a page that fills itself, more where little matches. */
const FIRST_WINDOW = 500;
const LARGEST_WINDOW = 20_000;
/** Milliseconds that a statement should take at most; the next window is made by what the last one took. */
const STATEMENT_MS = 40;
/** Milliseconds after which a page is handed out as it is, to be gone on with: what is rare in a long log. */
const PATIENCE_MS = 100;

/** $1 tenants or null, $2 below, $3 floor, $4 entries to look at; $5 to $10 what is asked for, or null; $11 rows. */
const LOOK = `sequence < $2 AND sequence >= $3 ORDER BY sequence DESC LIMIT $4`;
const KEYS = 'sequence, recorded_at, class, action, actor, tenant_id, code';

/**
 * What is looked at is bounded before anything is compared, so that no filter reads the log from end to end. Rows are
 * fetched one by one by their key: no estimate of how many they are can turn that into a read of the whole table.
 */
const page = (name: string, candidates: string): Statement => ({
  name: `read-audit-search-${name}-v1`,
  text: `WITH looked AS MATERIALIZED (${candidates}),
reach AS (SELECT min(sequence) AS lowest, count(*) AS looked FROM looked),
found AS (
  SELECT sequence FROM looked
   WHERE ($1::text[] IS NULL OR tenant_id = ANY ($1::text[]))
     AND ($5::text IS NULL OR class = $5::text) AND ($6::text IS NULL OR code = $6::text)
     AND ($7::text IS NULL OR action = $7::text) AND ($8::text IS NULL OR actor = $8::text)
     AND ($9::timestamptz IS NULL OR recorded_at >= $9::timestamptz)
     AND ($10::timestamptz IS NULL OR recorded_at < $10::timestamptz)
   ORDER BY sequence DESC LIMIT $11)
SELECT reach.lowest, reach.looked, entry.*
  FROM reach LEFT JOIN (found CROSS JOIN LATERAL (
    SELECT request_id, peer_sha256, kid, entry, disclosure, encode(leaf_hash, 'hex') AS leaf_hash, pruned_by, ${KEYS}
      FROM audit_log WHERE audit_log.sequence = found.sequence LIMIT 1) AS entry) ON true
 ORDER BY entry.sequence DESC`,
});

const looked = (where: string): string => `SELECT ${KEYS} FROM audit_log WHERE ${where} AND ${LOOK}`;

const OF_ALL = page('of-all', looked('true'));
/** By `audit_log_by_tenant`, each tenant by itself. */
const OF_TENANTS = page(
  'of-tenants',
  `SELECT of_one.* FROM unnest($1::text[]) AS wanted (tenant) CROSS JOIN LATERAL (
    ${looked('tenant_id = wanted.tenant')}) AS of_one ORDER BY sequence DESC LIMIT $4`,
);
/** By the partial indexes of migration 19, in which nothing is that is accepted. */
const OF_CODE = page('of-code', looked("code = $6 AND code NOT IN ('', 'accepted', 'duplicate')"));
const OF_CLASS = page('of-class', looked("class = $5 AND class <> 'decision'"));

const ONE = (name: string, where: string): Statement => ({
  name: `read-audit-${name}-v1`,
  text: `SELECT ${KEYS}, request_id, peer_sha256, kid, entry, disclosure, encode(leaf_hash, 'hex') AS leaf_hash, pruned_by
  FROM audit_log WHERE ${where} AND ($2::text[] IS NULL OR tenant_id = ANY ($2::text[]))`,
});
const OF_SEQUENCE = ONE('entry', 'sequence = $1::bigint');
/** A batch has a thousand entries, and what else was recorded of it. */
const OF_REQUEST = ONE('entries-of-request', 'request_id = $1::uuid');

/** The entry of that sequence; null: there is none that may be seen. */
export async function findAuditEntry(
  db: Queryable,
  scope: ReaderScope,
  sequence: number,
): Promise<FoundEntry | null> {
  const [row] = await db.query<FoundEntry>(OF_SEQUENCE, [sequence, tenantsOf(scope)]);
  return row ?? null;
}

/** Every entry of a request that may be seen, in order. */
export async function findAuditEntries(
  db: Queryable,
  scope: ReaderScope,
  requestId: string,
): Promise<readonly FoundEntry[]> {
  const rows = await db.query<FoundEntry>(OF_REQUEST, [requestId, tenantsOf(scope)]);
  return [...rows].sort((a, b) => a.sequence - b.sequence);
}

/**
 * A page of what is asked for, newest first. It looks at entries in windows, from the newest on, until the page is full
 * or its patience is over.
 * @param now milliseconds of any clock that only goes forward.
 */
export async function searchAudit(db: Queryable, search: AuditSearch, now: () => number): Promise<FoundPage> {
  const named = await namedEntries(db, search);
  if (named !== null)
    return pageOf(
      named.filter((row) => matches(row, search)),
      search,
    );
  const range = await sequenceRange(db, search.scope, search.from, search.to);
  const floor = range.from;
  let below = Math.min(search.below ?? range.to, range.to);
  const rows: FoundEntry[] = [];
  let before = now();
  const deadline = before + PATIENCE_MS;
  for (let window = FIRST_WINDOW; below > floor; ) {
    const found = await db.query<FoundRow>(statementOf(search), [
      tenantsOf(search.scope),
      below,
      floor,
      window,
      ...asked(search),
      search.limit + 1 - rows.length,
    ]);
    rows.push(...found.filter((row): row is FoundRow & FoundEntry => row.sequence !== null));
    if (rows.length > search.limit) return pageOf(rows, search);
    const [reach] = found;
    if (reach === undefined || reach.lowest === null || reach.looked < window) break;
    below = reach.lowest;
    const after = now();
    if (after >= deadline && below > floor) return { rows, next: below };
    const growth = Math.min(8, STATEMENT_MS / Math.max(1, after - before));
    window = Math.min(LARGEST_WINDOW, Math.max(FIRST_WINDOW, Math.round(window * growth)));
    before = after;
  }
  return { rows, next: null };
}

type FoundRow = { readonly lowest: number | null; readonly looked: number } & (
  | FoundEntry
  | { readonly sequence: null }
);

function statementOf({ scope, code, class: ofClass }: AuditSearch): Statement {
  if (code !== null && !['', 'accepted', 'duplicate'].includes(code)) return OF_CODE;
  if (ofClass !== null && ofClass !== 'decision') return OF_CLASS;
  return scope === 'all-tenants' ? OF_ALL : OF_TENANTS;
}

function asked({ class: ofClass, code, action, actor, from, to }: AuditSearch): readonly SqlValue[] {
  return [ofClass, code, action, actor, from, to];
}

function tenantsOf(scope: ReaderScope): readonly string[] | null {
  return scope === 'all-tenants' ? null : scope;
}

/** What is named by its own key; null: nothing is. */
async function namedEntries(
  db: Queryable,
  { scope, sequence, request }: AuditSearch,
): Promise<readonly FoundEntry[] | null> {
  if (sequence !== null) {
    const entry = await findAuditEntry(db, scope, sequence);
    return entry === null || (request !== null && entry.request_id !== request) ? [] : [entry];
  }
  if (request === null) return null;
  return [...(await findAuditEntries(db, scope, request))].reverse();
}

function matches(row: FoundEntry, search: AuditSearch): boolean {
  const same = (value: string, wanted: string | null): boolean => wanted === null || wanted === value;
  return (
    same(row.class, search.class) &&
    same(row.code, search.code) &&
    same(row.action, search.action) &&
    same(row.actor, search.actor) &&
    (search.from === null || row.recorded_at >= search.from) &&
    (search.to === null || row.recorded_at < search.to) &&
    (search.below === null || row.sequence < search.below)
  );
}

function pageOf(rows: readonly FoundEntry[], { limit }: AuditSearch): FoundPage {
  const shown = rows.slice(0, limit);
  return { rows: shown, next: rows.length > limit ? (shown.at(-1)?.sequence ?? null) : null };
}
