import type { Queryable, SqlValue, Statement } from '../../store/database.ts';
import { decodeCursor, type Page, toPage } from '../../store/read/page.ts';
import type { PageWanted } from '../list-route.ts';
import { fieldRefusal, type Refusal } from '../refusal.ts';

/** A row of a list that is ordered by when it came, and then by its name. */
export interface Dated {
  /** With microseconds: it is half of the cursor. */
  readonly created_at: string;
}

/** One page by the statements of `store/sql/console-trust.ts`: cursor and limit are their first three parameters. */
export async function readPage<Row extends Dated>(
  db: Queryable,
  statement: Statement,
  wanted: PageWanted,
  filters: readonly SqlValue[],
  nameOf: (row: Row) => string,
): Promise<Page<Row>> {
  const [at = null, name = null] = wanted.after === null ? [] : (decodeCursor(wanted.after, 2) ?? []);
  const rows = await db.query<Row>(statement, [at, name, wanted.limit + 1, ...filters]);
  return toPage(rows, wanted.limit, (row) => [row.created_at, nameOf(row)]);
}

const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/;

/** null: the cursor is one of ours, or there is none. */
export function faultOfCursor(after: string | null): Refusal | null {
  if (after === null) return null;
  const [at = ''] = decodeCursor(after, 2) ?? [];
  return MOMENT.test(at) && !Number.isNaN(Date.parse(at))
    ? null
    : fieldRefusal('filter_invalid', 'after', 'is not `next` of a page of this list');
}

export function iso(date: Date | null): string | null {
  return date === null ? null : date.toISOString();
}

/** A small list that is read whole. */
export function whole<Item>(items: readonly Item[]) {
  return { ok: true as const, value: { items, next: null } };
}
