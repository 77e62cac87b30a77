import type { State } from '../state/open-state.ts';
import { buildGraph } from './build-graph.ts';
import {
  type DeliveredExecution,
  deliveredEvents,
  deliveredExecutions,
  type GraphFilter,
} from './delivered-events.ts';
import { storeGraph } from './graph-store.ts';

/** PROTOCOL.md section 8: `target_urn` is 1..512 code points. */
const TARGET_URN_LIMIT = 512;

export interface BuildOutcome {
  readonly execution: DeliveredExecution;
  /** null: no graph can be made of it, and `fault` says why. */
  readonly graphId: string | null;
  readonly nodeCount: number;
  readonly eventsTotal: number;
  readonly eventsIncluded: number;
  /** False where the very same graph was there already. */
  readonly isNew: boolean;
  readonly fault: string | null;
}

/** Builds and stores one graph per delivered execution and target. One transaction a graph. */
export function buildDeliveredGraphs(
  state: State,
  filter: GraphFilter,
  nowMs: number,
): readonly BuildOutcome[] {
  return deliveredExecutions(state.db, filter).map((execution) => {
    const length = [...execution.targetUrn].length;
    if (length === 0 || length > TARGET_URN_LIMIT) {
      return {
        execution,
        graphId: null,
        nodeCount: 0,
        eventsTotal: 0,
        eventsIncluded: 0,
        isNew: false,
        fault: `target_urn has ${length} characters, 1 to ${TARGET_URN_LIMIT} are allowed`,
      };
    }
    const graph = state.read(() => buildGraph(execution, deliveredEvents(state.db, execution)));
    const isNew = state.transaction(() => storeGraph(state.db, execution, graph, nowMs));
    return {
      execution,
      graphId: graph.graphId,
      nodeCount: graph.nodeCount,
      eventsTotal: graph.eventsTotal,
      eventsIncluded: graph.eventsIncluded,
      isNew,
      fault: null,
    };
  });
}
