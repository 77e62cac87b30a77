import type { DaemonConfig } from '../config.ts';
import { systemClock } from '../deliver/system-clock.ts';
import type { DeliveryLogger } from '../deliver.ts';
import { emptyPushedGraphs } from '../graph/graph-store.ts';
import { emptyDelivered } from '../spool/empty-delivered.ts';
import type { State } from '../state/open-state.ts';
import { describeError } from './describe-error.ts';

/** Between two looks at what may go; milliseconds. */
const EVERY_MS = 10_000;
/** Between two transactions of one look, so that delivery and intake go between them. */
const BREATHER_MS = 20;

const GRAPHS_AT_ONCE = 50;

/** Lets delivered payloads, and the bodies of pushed graphs, go after their retention, until the signal. */
export async function upkeep(
  state: State,
  config: () => DaemonConfig,
  now: () => number,
  logger: DeliveryLogger,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const keepMs = config().deliveredKeepMs;
    let emptied = 0;
    try {
      if (keepMs !== null) emptied = letGo(state, now() - keepMs, now());
    } catch (error) {
      logger.warn('upkeep.fault', describeError(error));
    }
    await systemClock.wait(emptied > 0 ? BREATHER_MS : EVERY_MS, signal);
  }
}

function letGo(state: State, beforeMs: number, nowMs: number): number {
  const graphs = state.transaction(() => emptyPushedGraphs(state.db, beforeMs, GRAPHS_AT_ONCE));
  return graphs + emptyDelivered(state, beforeMs, nowMs);
}
