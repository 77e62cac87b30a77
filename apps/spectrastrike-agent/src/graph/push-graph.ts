import { canonicalizeCompat, isJsonObject, parseStrictJson } from '@nyxera/federation-protocol';
import type { SendSigned, SignedOutcome } from '../prepare-envelope.ts';
import type { StoredGraph } from './graph-store.ts';

export const GRAPH_PATH = '/internal/v1/cognitive/execution-graph';

/** Signs and sends one stored graph (`bodyText` as `graphBody` gives it); timestamp and nonce are those of the attempt (PROTOCOL.md section 8). */
export function pushGraph(
  sendSigned: SendSigned,
  graph: StoredGraph,
  bodyText: string,
): Promise<SignedOutcome> {
  const parsed = parseStrictJson(new TextEncoder().encode(bodyText));
  if (!parsed.ok || !isJsonObject(parsed.value))
    throw new Error(`graph ${graph.graphId} is damaged in the state file`);
  const body = parsed.value;
  return sendSigned(GRAPH_PATH, (timestamp, nonce) => canonicalizeCompat({ ...body, nonce, timestamp }), {
    idempotencyKey: graph.executionFingerprint,
  });
}
