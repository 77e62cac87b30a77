import type { ReaderScope } from '../../store/as-reader.ts';
import type { Queryable } from '../../store/database.ts';
import { type Cursor, type Page, toPage, utcText } from '../../store/read/page.ts';
import { chooseScoped, scopedPage } from './of-scope.ts';

/** `masked`: alive, but a newer one of the same target and action is sent in its place (PROTOCOL.md section 8). */
export type AdjustmentState = 'living' | 'masked' | 'expired' | 'withdrawn';

export interface ListedAdjustment {
  readonly tenant_id: string;
  readonly adjustment_id: number;
  readonly state: AdjustmentState;
  readonly target_urn: string;
  readonly action: string;
  readonly confidence: number;
  readonly rationale: string;
  readonly control: string;
  /** Unix seconds, here and below. */
  readonly issued_at: number;
  readonly expires_at: number;
  /** null: never shortened. */
  readonly promised_until: number | null;
  /** RFC 3339; null: not withdrawn. */
  readonly withdrawn_at: string | null;
  readonly execution_fingerprint: string;
  readonly attestation_measurement_hash: string;
  readonly cause: 'graph' | 'finding' | 'analyst';
  readonly cause_id: string;
  readonly rule_id: string;
  readonly issued_by: string | null;
  readonly reason: string | null;
  readonly basis: 'graph' | 'finding' | null;
  readonly basis_id: string | null;
  readonly changed_by: string | null;
  readonly change_reason: string | null;
  readonly changed_at: string | null;
}

/** Of a row called `row`; $2 is now, Unix seconds. */
export const ADJUSTMENT_COLUMNS = `row.tenant_id, row.adjustment_id,
  CASE WHEN row.withdrawn_at IS NOT NULL THEN 'withdrawn' WHEN row.expires_at <= $2 THEN 'expired'
       WHEN EXISTS (SELECT FROM adjustments AS newer
         WHERE newer.tenant_id = row.tenant_id
           AND newer.target_urn = row.target_urn AND newer.action = row.action
           AND newer.withdrawn_at IS NULL AND newer.expires_at > $2
           AND (newer.issued_at, newer.adjustment_id) > (row.issued_at, row.adjustment_id)) THEN 'masked'
       ELSE 'living' END AS state,
  row.target_urn, row.action, row.confidence, row.rationale, row.control, row.issued_at, row.expires_at,
  row.promised_until, ${utcText('row.withdrawn_at')} AS withdrawn_at, row.execution_fingerprint,
  row.attestation_measurement_hash, row.cause, row.cause_id, row.rule_id, row.issued_by, row.reason, row.basis,
  row.basis_id, row.changed_by, row.change_reason, ${utcText('row.changed_at')} AS changed_at`;

/** No adjustment lives longer (PROTOCOL.md section 8): what is alive is found near the top of the index by time. */
const MAX_TTL_SECONDS = 86_400;

const PAGE = scopedPage({
  name: 'console-adjustments-v1',
  table: 'adjustments',
  columns: ADJUSTMENT_COLUMNS,
  where: `($3::bigint IS NULL OR (issued_at, tenant_id, adjustment_id) < ($3::bigint, $4::text, $5::bigint))
      AND ($6::text IS NULL OR action = $6::text)
      AND ($7::text IS NULL OR cause = $7::text)
      AND ($8::text IS NULL OR execution_fingerprint = $8::text)
      AND ($9::text IS NULL OR target_urn = $9::text
           AND (octet_length($9::text) > 2000 OR octet_length(target_urn) <= 2000))
      AND ($10::bigint IS NULL OR expires_at > $10::bigint AND issued_at > $10::bigint - ${MAX_TTL_SECONDS})
      AND ($11::bigint IS NULL OR issued_at < $11::bigint)
      AND ($12::text IS NULL OR CASE $12::text
             WHEN 'alive' THEN withdrawn_at IS NULL AND expires_at > $2::bigint
             WHEN 'withdrawn' THEN withdrawn_at IS NOT NULL
             ELSE withdrawn_at IS NULL AND expires_at <= $2::bigint END)`,
  order: ['issued_at', 'tenant_id', 'adjustment_id'],
  limit: '$13',
});

export interface AdjustmentQuery {
  /** Unix seconds. */
  readonly now: number;
  readonly action: string | null;
  readonly cause: string | null;
  readonly fingerprint: string | null;
  readonly target: string | null;
  /** Those whose life reaches into this time: Unix seconds; null: unbounded. */
  readonly from: number | null;
  readonly to: number | null;
  readonly state: 'alive' | 'expired' | 'withdrawn' | null;
  readonly after: Cursor | null;
  readonly limit: number;
}

/** Cursor: issued_at, tenant, number. */
export const ADJUSTMENT_CURSOR_PARTS = 3;

export async function listAdjustments(
  db: Queryable,
  scope: ReaderScope,
  query: AdjustmentQuery,
): Promise<Page<ListedAdjustment>> {
  const [statement, tenants] = chooseScoped(PAGE, scope);
  const [issued = null, tenant = null, number = null] = query.after ?? [];
  // What is alive has not expired: said as a bound on time, so that the index is not walked to its end for it.
  const from = query.state === 'alive' ? Math.max(query.from ?? 0, query.now) : query.from;
  const rows = await db.query<ListedAdjustment>(statement, [
    tenants,
    query.now,
    issued,
    tenant,
    number,
    query.action,
    query.cause,
    query.fingerprint,
    query.target,
    from,
    query.to,
    query.state,
    query.limit + 1,
  ]);
  return toPage(rows, query.limit, (row) => [
    String(row.issued_at),
    row.tenant_id,
    String(row.adjustment_id),
  ]);
}
