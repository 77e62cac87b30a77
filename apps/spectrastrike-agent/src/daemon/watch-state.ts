import type { DatabaseSync } from 'node:sqlite';
import { systemClock } from '../deliver/system-clock.ts';
import type { DeliveryLogger } from '../deliver.ts';
import type { State } from '../state/open-state.ts';
import { describeError } from './describe-error.ts';

/** How soon what another process wrote is noticed; milliseconds. One read of shared memory each. */
const LOOK_EVERY_MS = 200;

export interface WatchedState {
  /** Another process changed the state: it may have enqueued something. */
  readonly onChange: () => void;
  /** Somebody ran `wake`. */
  readonly onWake: () => void;
}

/** Until the signal. SQLite itself counts the commits of others (`PRAGMA data_version`), so nothing is read in vain. */
export async function watchState(
  state: State,
  watched: WatchedState,
  logger: DeliveryLogger,
  signal: AbortSignal,
): Promise<void> {
  const version = state.db.prepare('PRAGMA data_version');
  let seen = Number(version.get()?.data_version);
  let wakes = countWakes(state.db);
  while (!signal.aborted) {
    await systemClock.wait(LOOK_EVERY_MS, signal);
    try {
      const now = Number(version.get()?.data_version);
      if (now === seen) continue;
      seen = now;
      const wakesNow = countWakes(state.db);
      if (wakesNow === wakes) watched.onChange();
      else watched.onWake();
      wakes = wakesNow;
    } catch (error) {
      logger.warn('state.unreadable', describeError(error));
    }
  }
}

export function countWakes(db: DatabaseSync): number {
  return Number(db.prepare('SELECT count FROM wakes').get()?.count ?? 0);
}

/** Within a transaction. The daemon of this state wakes as soon as it sees it. */
export function requestWake(db: DatabaseSync): void {
  db.prepare('UPDATE wakes SET count = count + 1').run();
}
