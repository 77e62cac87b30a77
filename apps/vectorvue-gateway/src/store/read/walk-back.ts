import { createHash } from 'node:crypto';
import type { ReaderScope } from '../as-reader.ts';
import type { Queryable, SqlValue, Statement } from '../database.ts';
import { type Cursor, encodeCursor, type Page, toPage, utcText } from './page.ts';

/** Another condition besides whose rows and when. */
export interface WalkCondition {
  /** Given the parameter of its value, e.g. `$7`. */
  readonly sql: (parameter: string) => string;
  readonly value: SqlValue;
}

/** A list in the order of time, newest first, of which some rows are wanted. */
export interface Walk {
  /** Of the rows of the list. */
  readonly table: string;
  /** FROM, with the alias `item` for the rows of the list. */
  readonly from: string;
  /** What is selected; the key of the order comes with it. */
  readonly columns: string;
  /** Columns of `item`: the order is by time, then tenant_id, operator_id and this id. */
  readonly time: string;
  readonly id: string;
  /** Lower case; `all-tenants`: whatever row-level security shows. */
  readonly tenants: ReaderScope;
  readonly conditions: readonly WalkCondition[];
  /**
   * - `direct`: an index leads to the few rows that match, wherever they are;
   * - `pruned`: an index says of most blocks that they hold no match (BRIN), within a stretch of time;
   * - `walked`: rows are looked at in the order of time.
   */
  readonly way: 'direct' | 'pruned' | 'walked';
  /** RFC 3339; first moment that is wanted, and first that is not any more. */
  readonly since: string | null;
  readonly until: string | null;
  /** Of the page before: time, tenant, operator, id. Empty ids: everything before that time. */
  readonly after: Cursor | null;
  readonly limit: number;
}

export const WALK_CURSOR_PARTS = 4;

/** Rows that one look goes back. */
export interface LookRows {
  /** It is usually the last, because what is wanted is not rare. */
  readonly first: number;
  readonly next: number;
}

/** How far a page looks. */
export interface Looks extends LookRows {
  /** Asked after each look: whether the page has taken long enough. */
  readonly isOver: () => boolean;
}

/** Milliseconds after which a page begins no other look; one look is some 10 to 40. */
const PAGE_MS = 60;

/** @param now milliseconds of any clock that only goes forward. */
export function looksUntil(now: () => number, rows: LookRows): Looks {
  const end = now() + PAGE_MS;
  return { ...rows, isOver: () => now() >= end };
}

/**
 * For this transaction. The plan is made for the values that are asked for: one for any values walks through everything
 * for a rare one. Compiling a plan takes longer than any of these queries.
 */
const SETTINGS: Statement = {
  name: 'walk-settings-v1',
  text: `SELECT set_config('plan_cache_mode', 'force_custom_plan', true), set_config('jit', 'off', true)`,
};
/** The planner does not know that a value which is nowhere in a stretch of time is nowhere in it. */
const ONLY_BITMAPS: Statement = {
  name: 'walk-only-bitmaps-v1',
  text: `SELECT set_config('enable_indexscan', $1, true), set_config('enable_indexonlyscan', $1, true),
  set_config('enable_seqscan', $1, true)`,
};

/**
 * A page by its key, which costs the same however deep it is, and however rare the rows are that are wanted: a page looks
 * for a bounded time. One that ends there is short, perhaps empty, and its `next` goes on where it stopped; only `next: null`
 * is the end.
 */
export async function walkBack<Row extends object>(
  db: Queryable,
  walk: Walk,
  looks: Looks,
): Promise<Page<Row>> {
  await db.query(SETTINGS);
  const whole = walk.way === 'direct' || walk.conditions.length === 0;
  const rows: (Row & WalkKey)[] = [];
  let from: Cursor = walk.after ?? [walk.until ?? 'infinity', '', '', ''];
  for (let look = 1; ; look += 1) {
    const edge = whole ? null : await findEdge(db, walk, from, look === 1 ? looks.first : looks.next);
    rows.push(...(await findRows<Row>(db, walk, from, edge, look > 1, walk.limit + 1 - rows.length)));
    if (rows.length > walk.limit || edge === null) return toPage(rows, walk.limit, keyOf);
    from = [edge, '', '', ''];
    if (looks.isOver()) return { rows, next: encodeCursor(from) };
  }
}

interface WalkKey {
  readonly walk_time: string;
  readonly walk_tenant: string;
  readonly walk_operator: string;
  readonly walk_id: string;
}

function keyOf(row: WalkKey): Cursor {
  return [row.walk_time, row.walk_tenant, row.walk_operator, row.walk_id];
}

/** The time so many rows further back, among those whose rows are wanted; null: there are fewer. */
async function findEdge(db: Queryable, walk: Walk, from: Cursor, rows: number): Promise<string | null> {
  const { time, tenants, since } = walk;
  // Rows of the very time of the cursor count once: without ids everything of that time has been looked at.
  const before = from[1] === '' ? '<' : '<=';
  const step = (tenant: string) => `SELECT item.${time} AS edge FROM ${walk.table} AS item
  WHERE ${tenant}item.${time} ${before} $1::timestamptz AND item.${time} >= coalesce($2::timestamptz, '-infinity')
  ORDER BY item.${time} DESC OFFSET $3 LIMIT 1`;
  if (tenants === 'all-tenants') {
    const text = `SELECT ${utcText('edge')} AS edge FROM (${step('')}) AS found`;
    return edgeOf(await db.query<Edge>(named(text), [from[0] ?? null, since, rows]));
  }
  const text = `SELECT ${utcText('max(found.edge)')} AS edge FROM unnest($4::text[]) AS mine (tenant),
  LATERAL (${step('item.tenant_id = mine.tenant AND ')}) AS found`;
  const each = Math.ceil(rows / Math.max(1, tenants.length));
  return edgeOf(await db.query<Edge>(named(text), [from[0] ?? null, since, each, tenants]));
}

interface Edge {
  readonly edge: string | null;
}

function edgeOf(rows: readonly Edge[]): string | null {
  return rows[0]?.edge ?? null;
}

async function findRows<Row extends object>(
  db: Queryable,
  walk: Walk,
  from: Cursor,
  edge: string | null,
  further: boolean,
  limit: number,
): Promise<readonly (Row & WalkKey)[]> {
  const { tenants, conditions, way } = walk;
  const parameters: SqlValue[] = [...from, edge ?? walk.since, walk.until, limit];
  const fixed = parameters.length;
  const wanted = conditions.map(({ sql, value }, index) => {
    parameters.push(value);
    return `\n  AND ${sql(`$${fixed + 1 + index}`)}`;
  });
  const bitmaps = way === 'pruned' && further;
  const text = selectRows(
    walk,
    wanted.join(''),
    bitmaps,
    tenants === 'all-tenants' ? null : parameters.push(tenants),
  );
  if (!bitmaps) return db.query<Row & WalkKey>(named(text), parameters);
  await db.query(ONLY_BITMAPS, ['off']);
  const rows = await db.query<Row & WalkKey>(named(text), parameters);
  await db.query(ONLY_BITMAPS, ['on']);
  return rows;
}

/** @param tenants the parameter that holds them; null: all. */
function selectRows(walk: Walk, wanted: string, bitmaps: boolean, tenants: number | null): string {
  const { from, time, id, way } = walk;
  const select = (tenant: string) => `SELECT ${walk.columns},
  ${utcText(`item.${time}`)} AS walk_time, item.tenant_id AS walk_tenant, item.operator_id AS walk_operator, item.${id} AS walk_id
FROM ${from}
WHERE ${tenant}(item.${time}, item.tenant_id, item.operator_id, item.${id})
    < ($1::timestamptz, $2::text, $3::text, $4::text)
  AND item.${time} >= coalesce($5::timestamptz, '-infinity') AND item.${time} < coalesce($6::timestamptz, 'infinity')${wanted}
ORDER BY item.${time} DESC, item.tenant_id DESC, item.operator_id DESC, item.${id} DESC
LIMIT $7`;
  if (tenants === null) return select('');
  if (bitmaps || way === 'direct') return select(`item.tenant_id = ANY ($${tenants}::text[])\n  AND `);
  // Each tenant's newest, by its own index: rows of others in between cost nothing.
  return `SELECT newest.* FROM unnest($${tenants}::text[]) AS mine (tenant),
LATERAL (${select('item.tenant_id = mine.tenant\n  AND ')}) AS newest
ORDER BY newest.walk_time DESC, newest.walk_tenant COLLATE "C" DESC, newest.walk_operator COLLATE "C" DESC,
  newest.walk_id COLLATE "C" DESC
LIMIT $7`;
}

/** Filters come in hundreds of combinations; each is one statement, known by its text. */
function named(text: string): Statement {
  return { name: `walk-${createHash('sha256').update(text).digest('hex').slice(0, 16)}`, text };
}
