import type { Queryable, Statement } from '../database.ts';
import { type Cursor, type Page, type TenantScope, toPage, utcText } from './page.ts';

export interface ListedFinding {
  readonly last_seen: string;
  readonly first_seen: string;
  readonly tenant_id: string;
  readonly operator_id: string;
  readonly finding_id: string;
  readonly event_id: string;
  readonly campaign_id: string;
  readonly severity: string;
  readonly status: string;
  readonly asset_ref: string | null;
  readonly target_urn: string | null;
  readonly execution_fingerprint: string;
  readonly attestation_measurement_hash: string;
  readonly reason: string | null;
  readonly changed_by: string | null;
  readonly changed_at: string | null;
}

const COLUMNS = `${utcText('last_seen')} AS last_seen, ${utcText('first_seen')} AS first_seen, tenant_id, operator_id,
  finding_id, event_id, campaign_id, severity, status, asset_ref, target_urn, execution_fingerprint,
  attestation_measurement_hash, reason, changed_by, ${utcText('changed_at')} AS changed_at`;

const page = (name: string, scope: string): Statement => ({
  name,
  text: `SELECT ${COLUMNS} FROM findings
WHERE ${scope}
  AND ($2::timestamptz IS NULL
       OR (findings.last_seen, tenant_id, operator_id, finding_id) < ($2::timestamptz, $3::text, $4::text, $5::text))
  AND ($6::text IS NULL OR status = $6::text)
ORDER BY findings.last_seen DESC, tenant_id DESC, operator_id DESC, finding_id DESC
LIMIT $7`,
});

const OF_TENANT = page('read-findings-of-tenant-v1', 'tenant_id = $1');
const OF_ALL = page('read-findings-of-all-v1', '$1::text IS NULL');

export interface FindingQuery {
  readonly scope: TenantScope;
  readonly status: string | null;
  readonly after: Cursor | null;
  readonly limit: number;
}

/** Cursor: last_seen, tenant, operator, finding id. */
export const FINDING_CURSOR_PARTS = 4;

export async function listFindings(db: Queryable, query: FindingQuery): Promise<Page<ListedFinding>> {
  const [seen = null, tenant = null, operator = null, finding = null] = query.after ?? [];
  const rows = await db.query<ListedFinding>(query.scope === 'all-tenants' ? OF_ALL : OF_TENANT, [
    query.scope === 'all-tenants' ? null : query.scope.tenantId,
    seen,
    tenant,
    operator,
    finding,
    query.status,
    query.limit + 1,
  ]);
  return toPage(rows, query.limit, (row) => [row.last_seen, row.tenant_id, row.operator_id, row.finding_id]);
}
