/** Pages of one thing: what there is of each kind is asked from the database. */
import { theWorld } from './harness.ts';
import type { View } from './views.ts';
import { IDENTITY, OTHER_TENANT } from './world/actors.ts';
import { LARGE_GRAPH_TARGET } from './world/large-graph.ts';

interface Found {
  readonly tenant: string;
  readonly operator: string;
  readonly name: string;
}

export async function details(): Promise<readonly View[]> {
  const one = async (text: string, values: readonly unknown[] = []): Promise<Found> => {
    const [row] = await theWorld().sql<Found>(text, values);
    return row ?? { tenant: '', operator: '', name: '' };
  };
  const event = await one(
    `SELECT tenant_id AS tenant, operator_id AS operator, event_id AS name FROM federation.events
      WHERE severity = 'critical' LIMIT 1`,
  );
  const finding = await one(
    `SELECT tenant_id AS tenant, operator_id AS operator, finding_id AS name FROM federation.findings
      WHERE severity = 'critical' LIMIT 1`,
  );
  const refusal = await one(
    "SELECT sequence::text AS name FROM federation.audit_log WHERE code = 'signature_invalid' LIMIT 1",
  );
  const graph = await one(
    `SELECT tenant_id AS tenant, request_id::text AS name FROM federation.graphs
      WHERE target_urn <> $1 ORDER BY node_count DESC LIMIT 1`,
    [LARGE_GRAPH_TARGET],
  );
  const large = await one(
    'SELECT tenant_id AS tenant, request_id::text AS name FROM federation.graphs WHERE target_urn = $1',
    [LARGE_GRAPH_TARGET],
  );
  const adjustment = await one(
    `SELECT tenant_id AS tenant, adjustment_id::text AS name FROM federation.adjustments
      WHERE action = 'deny' ORDER BY adjustment_id DESC LIMIT 1`,
  );
  const query = (found: Found, key: string): string =>
    String(new URLSearchParams({ tenant: found.tenant, operator: found.operator, [key]: found.name }));
  const hostile = { ...event, name: 'hostile-bidi' };
  return [
    { name: 'event-one', place: `/events/one?${query(event, 'event')}` },
    { name: 'event-hostile', place: `/events/one?${query(hostile, 'event')}` },
    { name: 'finding-one', place: `/findings/one?${query(finding, 'finding')}` },
    { name: 'refusal-one', place: `/refusals/${refusal.name}` },
    { name: 'feedback-graph', place: `/feedback/graphs/${graph.tenant}/${graph.name}` },
    { name: 'feedback-graph-large', place: `/feedback/graphs/${large.tenant}/${large.name}` },
    { name: 'feedback-adjustment', place: `/feedback/adjustments/${adjustment.tenant}/${adjustment.name}` },
    { name: 'trust-identity', place: `/trust/identities/${IDENTITY}` },
    { name: 'trust-tenant', place: `/trust/tenants/${OTHER_TENANT}` },
  ];
}
