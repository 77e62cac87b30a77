import type { Queryable, Statement } from '../database.ts';
import { type Cursor, type Page, type TenantScope, toPage } from './page.ts';

export interface ListedAuditEntry {
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
  /** JSON: the values that the entry commits to, with their salts. */
  readonly disclosure: string;
  readonly leaf_hash: string;
  /** Request of the entry that says so: the text is gone, and with it what the columns repeated. */
  readonly pruned_by: string | null;
}

const COLUMNS = `sequence, recorded_at, class, action, actor, tenant_id, code, kid, peer_sha256, request_id, disclosure,
  encode(leaf_hash, 'hex') AS leaf_hash, pruned_by`;

const page = (name: string, scope: string): Statement => ({
  name,
  text: `SELECT ${COLUMNS} FROM audit_log
WHERE ${scope} AND ($2::bigint IS NULL OR sequence < $2::bigint) AND ($3::text IS NULL OR class = $3::text)
ORDER BY sequence DESC
LIMIT $4`,
});

const OF_TENANT = page('read-audit-of-tenant-v1', 'tenant_id = $1');
const OF_ALL = page('read-audit-of-all-v1', '$1::text IS NULL');
const OF_REQUEST = page('read-audit-of-request-v1', 'request_id = $1::uuid');

export interface AuditQuery {
  readonly scope: TenantScope | { readonly requestId: string };
  readonly class: string | null;
  readonly after: Cursor | null;
  readonly limit: number;
}

/** Cursor: the sequence. */
export const AUDIT_CURSOR_PARTS = 1;

export async function listAudit(db: Queryable, query: AuditQuery): Promise<Page<ListedAuditEntry>> {
  const [statement, subject] = chosen(query.scope);
  const [after = null] = query.after ?? [];
  const rows = await db.query<ListedAuditEntry>(statement, [subject, after, query.class, query.limit + 1]);
  return toPage(rows, query.limit, (row) => [String(row.sequence)]);
}

function chosen(scope: AuditQuery['scope']): readonly [Statement, string | null] {
  if (scope === 'all-tenants') return [OF_ALL, null];
  return 'tenantId' in scope ? [OF_TENANT, scope.tenantId] : [OF_REQUEST, scope.requestId];
}
