import type { Queryable } from '../store/database.ts';
import type { TenantScope } from '../store/read/page.ts';
import { AUDIT_SIZE, EXPORT_OF_ALL, EXPORT_OF_TENANT } from '../store/sql/export-audit.ts';
import type { AuditRow } from './check-entry.ts';
import { EXPORT_FORMATS, type ExportFormat } from './export-formats.ts';

export interface ExportQuery {
  readonly scope: TenantScope;
  readonly format: ExportFormat;
  /** With what the entries commit to. Only ever for one tenant. */
  readonly disclose: boolean;
  /** RFC 3339; recorded then or later. null: from the beginning. */
  readonly from: string | null;
  /** RFC 3339; recorded before. null: to the end. */
  readonly to: string | null;
  /** First sequence of this page. */
  readonly after: number;
  /** Size of the log that is exported; null: what it is now. The same for every page of an export. */
  readonly below: number | null;
}

export interface ExportPage {
  /** JSON documents without a line break. */
  readonly lines: readonly string[];
  readonly below: number;
  /** `after` of the next page; null: this was the last. */
  readonly next: number | null;
}

/** Entries of a page, at most: a megabyte or two. */
const PAGE = 1_000;
/** Sequences that one statement looks at: bounded at both ends, so that no plan reads the rest of the log. */
const WINDOW = 1_000;
/** Windows of a page, at most, so that none takes long however few entries match. */
const WINDOWS = 100;

/** One page of an export, in order of the log. Rows of other tenants are left out by the database, not here. */
export async function exportEntries(db: Queryable, query: ExportQuery): Promise<ExportPage> {
  const { scope, format, disclose, from, to } = query;
  if (disclose && scope === 'all-tenants') throw new TypeError('disclosures are exported for one tenant');
  const below = query.below ?? (await db.query<{ size: number }>(AUDIT_SIZE))[0]?.size ?? 0;
  const statement = scope === 'all-tenants' ? EXPORT_OF_ALL : EXPORT_OF_TENANT;
  const tenant = scope === 'all-tenants' ? null : scope.tenantId;
  const time = [from === null ? null : new Date(from), to === null ? null : new Date(to)];
  const rows: AuditRow[] = [];
  let next = query.after;
  for (let windows = 0; windows < WINDOWS && next < below && rows.length < PAGE; windows += 1) {
    const end = Math.min(next + WINDOW, below);
    const most = PAGE - rows.length;
    const found = await db.query<AuditRow>(statement, [tenant, next, end, ...time, most]);
    rows.push(...found);
    const last = found.length === most ? found.at(-1) : undefined;
    next = last === undefined ? end : last.sequence + 1;
  }
  return { lines: await EXPORT_FORMATS[format](db, rows, disclose), below, next: next < below ? next : null };
}
