import type { ReaderScope } from '../../store/as-reader.ts';
import type { Queryable } from '../../store/database.ts';
import { type Cursor, type Page, toPage, utcText } from '../../store/read/page.ts';
import { chooseScoped, scopedPage } from './of-scope.ts';

export interface ListedGraph {
  /** RFC 3339 with microseconds. */
  readonly accepted_at: string;
  readonly tenant_id: string;
  readonly request_id: string;
  readonly operator_id: string;
  readonly execution_fingerprint: string;
  readonly attestation_measurement_hash: string;
  readonly target_urn: string;
  readonly node_count: number;
  /** Adjustments that it caused. */
  readonly adjustments: number;
}

const PAGE = scopedPage({
  name: 'console-graphs-v1',
  table: 'graphs',
  columns: `${utcText('row.accepted_at')} AS accepted_at, row.tenant_id, row.request_id, row.operator_id,
  row.execution_fingerprint, row.attestation_measurement_hash, row.target_urn, row.node_count,
  (SELECT count(*) FROM adjustments AS caused WHERE caused.tenant_id = row.tenant_id AND caused.cause = 'graph'
      AND caused.cause_id = row.request_id::text)::int AS adjustments`,
  where: `($2::timestamptz IS NULL OR (accepted_at, tenant_id, request_id) < ($2::timestamptz, $3::text, $4::uuid))
      AND ($5::text IS NULL OR operator_id = $5::text)
      AND ($6::text IS NULL OR execution_fingerprint = $6::text)
      AND ($7::text IS NULL OR target_urn = $7::text)
      AND ($8::timestamptz IS NULL OR accepted_at >= $8::timestamptz)
      AND ($9::timestamptz IS NULL OR accepted_at < $9::timestamptz)`,
  order: ['accepted_at', 'tenant_id', 'request_id'],
  limit: '$10',
});

export interface GraphQuery {
  readonly operator: string | null;
  /** Lower case. */
  readonly fingerprint: string | null;
  readonly target: string | null;
  readonly from: string | null;
  readonly to: string | null;
  readonly after: Cursor | null;
  readonly limit: number;
}

/** Cursor: accepted_at, tenant, request. */
export const GRAPH_CURSOR_PARTS = 3;

export async function listGraphs(
  db: Queryable,
  scope: ReaderScope,
  query: GraphQuery,
): Promise<Page<ListedGraph>> {
  const [statement, tenants] = chooseScoped(PAGE, scope);
  const [accepted = null, tenant = null, request = null] = query.after ?? [];
  const rows = await db.query<ListedGraph>(statement, [
    tenants,
    accepted,
    tenant,
    request,
    query.operator,
    query.fingerprint,
    query.target,
    query.from,
    query.to,
    query.limit + 1,
  ]);
  return toPage(rows, query.limit, (row) => [row.accepted_at, row.tenant_id, row.request_id]);
}
