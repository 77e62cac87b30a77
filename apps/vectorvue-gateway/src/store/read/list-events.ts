import type { Queryable, SqlValue, Statement } from '../database.ts';
import { type Cursor, type Page, type TenantScope, toPage, utcText } from './page.ts';

/** An event as lists show it; members as in JSON output. */
export interface ListedEvent {
  readonly accepted_at: string;
  readonly tenant_id: string;
  readonly operator_id: string;
  readonly event_id: string;
  readonly event_type: string;
  readonly source_system: string;
  readonly severity: string;
  readonly campaign_id: string;
  readonly asset_ref: string | null;
  readonly target_urn: string | null;
  readonly observed_at: string;
  readonly observed_at_assumed: boolean;
  readonly techniques: readonly string[];
  readonly execution_hash: string;
  readonly attestation_measurement_hash: string;
  readonly attestation_synthetic: boolean;
  readonly fingerprint_verified: boolean | null;
  readonly intent_id: string | null;
  readonly request_id: string;
}

const COLUMNS = `${utcText('accepted_at')} AS accepted_at, tenant_id, operator_id, event_id, event_type, source_system,
  severity, campaign_id, asset_ref, target_urn, observed_at_text AS observed_at, observed_at_assumed, techniques,
  execution_hash, attestation_measurement_hash, attestation_synthetic, fingerprint_verified, intent_id, request_id`;

/** Newest first; a cursor of four nulls is the beginning. `$6`: severity or null. */
const page = (name: string, scope: string): Statement => ({
  name,
  text: `SELECT ${COLUMNS} FROM events
WHERE ${scope}
  AND ($2::timestamptz IS NULL
       OR (events.accepted_at, tenant_id, operator_id, event_id) < ($2::timestamptz, $3::text, $4::text, $5::text))
  AND ($6::text IS NULL OR severity = $6::text)
ORDER BY events.accepted_at DESC, tenant_id DESC, operator_id DESC, event_id DESC
LIMIT $7`,
});

const OF_TENANT = page('read-events-of-tenant-v1', 'tenant_id = $1');
const OF_ALL = page('read-events-of-all-v1', '$1::text IS NULL');

export interface EventQuery {
  readonly scope: TenantScope;
  readonly severity: string | null;
  readonly after: Cursor | null;
  readonly limit: number;
}

/** Cursor: accepted_at, tenant, operator, event id. */
export const EVENT_CURSOR_PARTS = 4;

export async function listEvents(db: Queryable, query: EventQuery): Promise<Page<ListedEvent>> {
  const all = query.scope === 'all-tenants';
  const parameters: SqlValue[] = [
    query.scope === 'all-tenants' ? null : query.scope.tenantId,
    query.after?.[0] ?? null,
    query.after?.[1] ?? null,
    query.after?.[2] ?? null,
    query.after?.[3] ?? null,
    query.severity,
    query.limit + 1,
  ];
  const rows = await db.query<ListedEvent>(all ? OF_ALL : OF_TENANT, parameters);
  return toPage(rows, query.limit, (row) => [row.accepted_at, row.tenant_id, row.operator_id, row.event_id]);
}
