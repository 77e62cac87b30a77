/** Rows per page: the default and the most. */
export const PAGE_DEFAULT = 100;
export const PAGE_MAX = 10_000;

/** Whose rows: one tenant (lower case), or, said explicitly, everybody's. */
export type TenantScope = { readonly tenantId: string } | 'all-tenants';

/** One page, newest first. `next` is the cursor of the page that follows; null: this was the last. */
export interface Page<Row> {
  readonly rows: readonly Row[];
  readonly next: string | null;
}

/** The last key of a page, opaque to the caller. Strings only: times keep their microseconds. */
export type Cursor = readonly string[];

/** Keyset pagination: a page costs the same however deep it is, and rows that arrive meanwhile shift nothing. */
export function encodeCursor(cursor: Cursor): string {
  return Buffer.from(JSON.stringify(cursor), 'utf8').toString('base64url');
}

/** null where the text is not a cursor of that many parts. */
export function decodeCursor(text: string, parts: number): Cursor | null {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch {
    return null;
  }
  if (!Array.isArray(value) || value.length !== parts) return null;
  return value.every((part) => typeof part === 'string') ? value : null;
}

/** Cuts a result of `limit + 1` rows to a page: the row too many says that there is a next one. */
export function toPage<Row>(rows: readonly Row[], limit: number, keyOf: (row: Row) => Cursor): Page<Row> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return { rows: shown, next: rows.length > limit && last !== undefined ? encodeCursor(keyOf(last)) : null };
}

/** RFC 3339 in UTC with microseconds, as text: a JavaScript Date would round the key of a page. */
export function utcText(column: string): string {
  return `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
}
