import type { FeedbackConfig } from '../config.ts';
import { graphBody, listGraphs, markPushed, type StoredGraph } from '../graph/graph-store.ts';
import { pushGraph } from '../graph/push-graph.ts';
import type { State } from '../state/open-state.ts';
import type { CliContext } from './cli-context.ts';
import { type GatewayConnection, logUntrusted, type Refusal, readExchange } from './connect-gateway.ts';

/** What was pushed in a round, and what ended it before all were. */
export interface PushedGraphs {
  readonly pushed: number;
  readonly refusal: Refusal | null;
}

/**
 * Pushes some graphs of one tenant that were not pushed yet, the oldest first. A rate limit ends the round: what is
 * left goes with the next one, and events come before graphs.
 */
export async function pushSomeGraphs(
  context: CliContext,
  config: FeedbackConfig,
  state: State,
  { sendSigned }: GatewayConnection,
  limit: number,
): Promise<PushedGraphs> {
  const ours = state
    .read(() => listGraphs(state.db, { unpushedOnly: true }))
    .filter((one) => isOf(one, config))
    .slice(0, limit);
  let pushed = 0;
  for (const graph of ours) {
    if (context.signal.aborted) break;
    const body = state.read(() => graphBody(state.db, graph.graphId));
    // Replaced meanwhile by one that knows more events: the next round takes that one.
    if (body === null) continue;
    const exchange = readExchange(await pushGraph(sendSigned, graph, body), 202);
    if (!exchange.ok) {
      logUntrusted(state, config, exchange.refusal, context.now());
      return { pushed, refusal: exchange.refusal };
    }
    const requestId = typeof exchange.body.request_id === 'string' ? exchange.body.request_id : null;
    state.transaction(() => markPushed(state.db, graph.graphId, context.now(), requestId));
    pushed += 1;
  }
  return { pushed, refusal: null };
}

/** The tenant verbatim: a graph is signed for the spelling under which its events went. */
export function isOf(graph: StoredGraph, config: FeedbackConfig): boolean {
  return (
    graph.gateway === config.gatewayUrl &&
    graph.operatorId === config.operatorId &&
    graph.tenantId === config.tenantId
  );
}
