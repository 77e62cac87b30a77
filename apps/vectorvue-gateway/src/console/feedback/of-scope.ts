import type { ReaderScope } from '../../store/as-reader.ts';
import type { Statement } from '../../store/database.ts';

/**
 * A page of rows, newest first, of some tenants or of all ($1 is `text[]`: the tenants; null: all). Of tenants it is asked
 * tenant by tenant, so that each walks its own index from the newest on, however many rows the others have.
 */
export interface ScopedPage {
  readonly ofTenants: Statement;
  readonly ofAll: Statement;
}

export function scopedPage(parts: {
  /** With its version. */
  readonly name: string;
  readonly table: string;
  /** What is shown of a row, which is called `row`. */
  readonly columns: string;
  /** Joins to the rows of the page; a leading newline is added. */
  readonly joins?: string;
  /** Condition on the columns of the table, without that on the tenant; uses $2 and up. */
  readonly where: string;
  /** Columns of the order, all descending. */
  readonly order: readonly string[];
  /** Parameter of how many. */
  readonly limit: string;
}): ScopedPage {
  const { table, columns, where, order, limit } = parts;
  const descending = (prefix: string) => order.map((column) => `${prefix}${column} DESC`).join(', ');
  const joins = parts.joins === undefined ? '' : `\n${parts.joins}`;
  const shown = `SELECT ${columns}\nFROM page AS row${joins}\nORDER BY ${descending('row.')}`;
  return {
    ofTenants: {
      name: `${parts.name}-of-tenants`,
      text: `WITH page AS MATERIALIZED (
  SELECT own.* FROM unnest($1::text[]) AS wanted (tenant)
  CROSS JOIN LATERAL (
    SELECT * FROM ${table} WHERE tenant_id = wanted.tenant COLLATE "C" AND ${where}
    ORDER BY ${descending(`${table}.`)} LIMIT ${limit}
  ) AS own
  ORDER BY ${descending('own.')} LIMIT ${limit}
)
${shown}`,
    },
    ofAll: {
      name: `${parts.name}-of-all`,
      text: `WITH page AS MATERIALIZED (
  SELECT * FROM ${table} WHERE $1::text[] IS NULL AND ${where}
  ORDER BY ${descending(`${table}.`)} LIMIT ${limit}
)
${shown}`,
    },
  };
}

export function chooseScoped(
  page: ScopedPage,
  scope: ReaderScope,
): readonly [Statement, readonly string[] | null] {
  return scope === 'all-tenants' ? [page.ofAll, null] : [page.ofTenants, scope];
}
