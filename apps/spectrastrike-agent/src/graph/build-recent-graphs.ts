import type { State } from '../state/open-state.ts';
import { buildOneGraph } from './build-delivered-graphs.ts';
import { executionsDeliveredSince } from './delivered-events.ts';

const BUILT_UNTIL = 'graphs_built_until_ms';
/** Stored in one transaction; a graph of a large report takes a while to build, and nobody else writes meanwhile. */
const GRAPHS_AT_ONCE = 20;
/** What was delivered in the last moments is looked at again: outcomes are recorded in groups, not in order of time. */
const OVERLAP_MS = 5000;

/**
 * Builds graphs of what was delivered since the last call, for a loop: an execution of which events still wait is left
 * until they do not, so that it becomes one graph and not one a round. Returns how many are new. `pause` is awaited
 * between transactions.
 */
export async function buildRecentGraphs(
  state: State,
  nowMs: number,
  pause: () => Promise<void>,
): Promise<number> {
  const since = builtUntil(state);
  const executions = state.read(() => executionsDeliveredSince(state.db, since));
  let fresh = 0;
  for (let from = 0; from < executions.length; from += GRAPHS_AT_ONCE) {
    const some = executions.slice(from, from + GRAPHS_AT_ONCE);
    fresh += state.transaction(
      () => some.map((one) => buildOneGraph(state, one, nowMs)).filter((one) => one.isNew).length,
    );
    await pause();
  }
  state.transaction(() => {
    state.db
      .prepare('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)')
      .run(BUILT_UNTIL, String(Math.max(since, nowMs - OVERLAP_MS)));
  });
  return fresh;
}

function builtUntil(state: State): number {
  const row = state.read(() => state.db.prepare('SELECT value FROM meta WHERE key = ?').get(BUILT_UNTIL));
  return row === undefined ? 0 : Number(row.value);
}
