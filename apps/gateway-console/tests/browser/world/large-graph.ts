/** A graph of the most nodes that the view promises to draw, honest in everything else. */
import { createHash } from 'node:crypto';
import type { JsonObject } from '@nyxera/federation-protocol';
import { OPERATOR, TENANT } from './actors.ts';

export const GRAPH_PATH = '/internal/v1/cognitive/execution-graph';
export const LARGE_GRAPH_NODES = 5_000;
export const LARGE_GRAPH_TARGET = 'urn:target:network:10.20.0.0-16';

/** Short members: with 5,000 nodes the body must stay below 1 MiB. */
export function largeGraph(): JsonObject {
  const hash = createHash('sha256').update('large graph').digest('hex');
  const kinds = ['execution', 'asset', 'technique', 'event'];
  const nodes = Array.from({ length: LARGE_GRAPH_NODES }, (_, index) => ({
    id: `n${index}`,
    kind: index === 0 ? 'execution' : (kinds[1 + (index % 3)] ?? 'event'),
  }));
  // Seven children each: a tree of some four levels.
  const edges = Array.from({ length: LARGE_GRAPH_NODES - 1 }, (_, index) => ({
    from: `n${Math.floor(index / 7)}`,
    relation: 'produced',
    to: `n${index + 1}`,
  }));
  return {
    operator_id: OPERATOR,
    tenant_id: TENANT,
    execution_fingerprint: hash,
    attestation_measurement_hash: hash,
    schema_version: 'execution.graph.v1',
    graph: { target_urn: LARGE_GRAPH_TARGET, nodes, edges },
  };
}
