import { z } from 'zod';
import { checkSchema } from './check-schema.ts';
import { hasCodePoints } from './code-points.ts';
import { HEX_64 } from './header-forms.ts';
import { isJsonObject, type JsonValue } from './json-value.ts';
import { type Result, reject } from './result.ts';
import { freeObject, hex64, nonce, tenantId, text, timestamp } from './schema-parts.ts';

export const GRAPH_SCHEMA_VERSION = 'execution.graph.v1';
/** What a graph is about that does not say. */
export const UNKNOWN_TARGET = 'urn:target:unknown';

/** Body of `POST /internal/v1/cognitive/execution-graph` (PROTOCOL.md section 8). */
export const executionGraphSchema = z.strictObject({
  operator_id: text(1, 128),
  tenant_id: tenantId(),
  execution_fingerprint: hex64(),
  timestamp: timestamp(),
  nonce: nonce(),
  schema_version: z.literal(GRAPH_SCHEMA_VERSION),
  attestation_measurement_hash: hex64(),
  graph: freeObject().meta({
    type: 'object',
    properties: { target_urn: { type: ['string', 'null'], minLength: 1, maxLength: 512 } },
  }),
});

export type ExecutionGraphBody = z.infer<typeof executionGraphSchema>;

/** `schema_invalid` with the path. Checked on arrival, so that nothing stored can break a later query. */
export function parseExecutionGraph(value: JsonValue): Result<ExecutionGraphBody> {
  const checked = checkSchema(executionGraphSchema, value);
  if (!checked.ok) {
    return checked;
  }
  const target = checked.value.graph.target_urn ?? null;
  if (target !== null && !isTarget(target)) {
    return reject('schema_invalid', 'the target is not a text of 1..512 code points', '/graph/target_urn');
  }
  return { ok: true, value: value as unknown as ExecutionGraphBody };
}

function isTarget(target: JsonValue): target is string {
  return typeof target === 'string' && hasCodePoints(target, 1, 512) && !target.includes('\u0000');
}

export interface GraphAnchors {
  readonly targetUrn: string;
  /** Elements of `graph.nodes`, 0 if that is no array. */
  readonly nodeCount: number;
  /** Fingerprint to the attestation hash that the graph gives for it; both lower case. */
  readonly anchors: ReadonlyMap<string, string>;
}

/** What feedback can be anchored to. The graph's own pair stands first: no node can replace it, nor another node. */
export function graphAnchors(body: ExecutionGraphBody): GraphAnchors {
  const target = body.graph.target_urn;
  const nodes = body.graph.nodes;
  const anchors = new Map([
    [body.execution_fingerprint.toLowerCase(), body.attestation_measurement_hash.toLowerCase()],
  ]);
  const list: readonly JsonValue[] = Array.isArray(nodes) ? nodes : [];
  for (const node of list) {
    const fingerprint = isJsonObject(node) ? hexOf(node.execution_fingerprint) : null;
    const hash = isJsonObject(node) ? hexOf(node.attestation_measurement_hash) : null;
    if (fingerprint !== null && hash !== null && !anchors.has(fingerprint)) {
      anchors.set(fingerprint, hash);
    }
  }
  return { targetUrn: typeof target === 'string' ? target : UNKNOWN_TARGET, nodeCount: list.length, anchors };
}

function hexOf(value: JsonValue | undefined): string | null {
  return typeof value === 'string' && HEX_64.test(value) ? value.toLowerCase() : null;
}
