import { isJsonObject, type JsonObject, parseStrictJson } from '@nyxera/federation-protocol';
import type { Queryable, Statement } from '../../store/database.ts';
import { utcText } from '../../store/read/page.ts';
import type { ListedGraph } from './list-graphs.ts';
import { type DrawnGraph, readGraph } from './read-graph.ts';

export interface GraphDetail extends Omit<ListedGraph, 'adjustments'> {
  /** Who signed it; null: the evidence has been removed by retention. */
  readonly identity: string | null;
  readonly kid: string | null;
  readonly body_bytes: number | null;
  /** null: its bytes are gone, or are not what they were when they were accepted. */
  readonly drawn: DrawnGraph | null;
}

interface Row extends Omit<ListedGraph, 'adjustments'> {
  readonly identity: string | null;
  readonly kid: string | null;
  readonly body: Uint8Array | null;
}

const ONE: Statement = {
  name: 'console-graph-v1',
  text: `SELECT ${utcText('graph.accepted_at')} AS accepted_at, graph.tenant_id, graph.request_id, graph.operator_id,
  graph.execution_fingerprint, graph.attestation_measurement_hash, graph.target_urn, graph.node_count,
  evidence.identity, evidence.kid, evidence.body
FROM graphs AS graph
LEFT JOIN evidence ON evidence.tenant_id = graph.tenant_id AND evidence.request_id = graph.request_id
WHERE graph.tenant_id = $1 AND graph.request_id = $2::uuid`,
};

/** A graph with what can be drawn of it; null: this tenant has no such graph. */
export async function showGraph(
  db: Queryable,
  key: { readonly tenantId: string; readonly requestId: string },
): Promise<GraphDetail | null> {
  const [row] = await db.query<Row>(ONE, [key.tenantId, key.requestId]);
  if (row === undefined) return null;
  const { body, ...graph } = row;
  const parsed = body === null ? null : graphOf(body);
  return { ...graph, body_bytes: body?.length ?? null, drawn: parsed === null ? null : readGraph(parsed) };
}

/** The bytes passed the same parser when they were accepted; what does not pass it now is not that body. */
function graphOf(body: Uint8Array): JsonObject | null {
  const parsed = parseStrictJson(body);
  if (!parsed.ok || !isJsonObject(parsed.value)) return null;
  return isJsonObject(parsed.value.graph) ? parsed.value.graph : null;
}
