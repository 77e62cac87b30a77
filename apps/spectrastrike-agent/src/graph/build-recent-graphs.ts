import type { State } from '../state/open-state.ts';
import { buildOneGraph } from './build-delivered-graphs.ts';
import { type DeliveredExecution, executionsDelivered } from './delivered-events.ts';

const BUILT_UNTIL = 'graphs_built_until_ms';
/** Stored in one transaction; a graph of a large report takes a while to build, and nobody else writes meanwhile. */
const GRAPHS_AT_ONCE = 20;
/** What was delivered in the last moments is looked at again: outcomes are recorded in groups, not in order of time. */
const OVERLAP_MS = 5000;
/** How far back the first call looks, where none came before; what is older is for `graph build`. Milliseconds. */
const FIRST_LOOK_MS = 86_400_000;

/**
 * Builds graphs of what was delivered since the last call, for a loop: an execution of which events still wait is left
 * until they do not, so that it becomes one graph and not one a round. Returns how many are new. `pause` is awaited
 * between pieces of work, so that deliveries go on.
 */
export async function buildRecentGraphs(
  state: State,
  nowMs: number,
  pause: () => Promise<void>,
): Promise<number> {
  const built = new Set<string>();
  let fresh = 0;
  for (let sinceMs = builtUntil(state, nowMs); ; ) {
    const slice = state.read(() => executionsDelivered(state.db, sinceMs, nowMs));
    const executions = slice.executions.filter((one) => !built.has(keyOf(one)));
    for (let from = 0; from < executions.length; from += GRAPHS_AT_ONCE) {
      const some = executions.slice(from, from + GRAPHS_AT_ONCE);
      const outcomes = state.transaction(() => some.map((one) => buildOneGraph(state, one, nowMs)));
      fresh += outcomes.filter((one) => one.isNew).length;
      for (const one of some) built.add(keyOf(one));
      await pause();
    }
    remember(state, Math.min(slice.untilMs, nowMs - OVERLAP_MS));
    if (slice.untilMs >= nowMs) return fresh;
    // A slice that ends in the millisecond in which it began would never come to an end.
    sinceMs = Math.max(slice.untilMs, sinceMs + 1);
    await pause();
  }
}

function keyOf(one: DeliveredExecution): string {
  const { executionHash, attestationHash } = one.spooledAs;
  return JSON.stringify([one.laneId, executionHash, attestationHash, one.targetUrn]);
}

function builtUntil(state: State, nowMs: number): number {
  const row = state.read(() => state.db.prepare('SELECT value FROM meta WHERE key = ?').get(BUILT_UNTIL));
  // A clock that was set back must not make it wait until it has caught up.
  return row === undefined ? nowMs - FIRST_LOOK_MS : Math.min(Number(row.value), nowMs - OVERLAP_MS);
}

function remember(state: State, untilMs: number): void {
  state.transaction(() => {
    state.db
      .prepare('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)')
      .run(BUILT_UNTIL, String(untilMs));
  });
}
