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

/** Graphs that share one fsync. */
const GRAPHS_PER_TRANSACTION = 100;

/** Builds and stores one graph per delivered execution and target. A crash leaves whole graphs, and the next run the rest. */
export function buildDeliveredGraphs(
  state: State,
  filter: GraphFilter,
  nowMs: number,
): readonly BuildOutcome[] {
  const executions = state.read(() => deliveredExecutions(state.db, filter));
  const outcomes: BuildOutcome[] = [];
  for (let from = 0; from < executions.length; from += GRAPHS_PER_TRANSACTION) {
    const some = executions.slice(from, from + GRAPHS_PER_TRANSACTION);
    outcomes.push(
      ...state.transaction(() => some.map((execution) => buildOneGraph(state, execution, nowMs))),
    );
  }
  return outcomes;
}

/** Within a transaction. */
export function buildOneGraph(state: State, execution: DeliveredExecution, nowMs: number): BuildOutcome {
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
  const graph = buildGraph(execution, deliveredEvents(state.db, execution));
  return {
    execution,
    graphId: graph.graphId,
    nodeCount: graph.nodeCount,
    eventsTotal: graph.eventsTotal,
    eventsIncluded: graph.eventsIncluded,
    isNew: storeGraph(state.db, execution, graph, nowMs),
    fault: null,
  };
}
