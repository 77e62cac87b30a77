import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { FeedbackConfig, StateConfig } from '../../config.ts';
import { type DaemonRecord, runningDaemon } from '../../daemon/daemon-record.ts';
import { appliedVersion, MIGRATIONS } from '../../state/migrations.ts';
import { openState, STATE_FILE, type State } from '../../state/open-state.ts';
import { StateFault } from '../../state/state-fault.ts';
import { type Check, fail, ok, warn } from './check.ts';
import { checkExchange } from './check-exchange.ts';
import { checkFeedback } from './check-feedback.ts';
import { checkSpool } from './check-spool.ts';
import { verifyStoredIntents } from './verify-intents.ts';

export interface StateFindings {
  readonly checks: readonly Check[];
  /** null: none runs on this data directory, as far as the state says. */
  readonly daemon: DaemonRecord | null;
  /** Whether it is there, and of this program's schema. */
  readonly isUsable: boolean;
}

/** The state file and what is in it. Neither makes one where there is none, nor brings an older one up to date. */
export function checkState(
  config: StateConfig,
  lanes: readonly FeedbackConfig[] | null,
  nowMs: number,
): StateFindings {
  const path = join(config.dataDir, STATE_FILE);
  const only = (check: Check): StateFindings => ({ checks: [check], daemon: null, isUsable: false });
  if (!existsSync(path))
    return only(warn('state', `none in ${config.dataDir}`, 'spectrastrike-agent init makes it'));
  const version = versionOf(path);
  if (version !== null && version < MIGRATIONS.length) {
    const advice =
      'stop a daemon of the older release; then any other command brings it up to date (spool backup first)';
    return only(warn('migrations', `${version} of ${MIGRATIONS.length}`, advice));
  }
  let state: State;
  try {
    state = openState(config.dataDir, { now: () => nowMs });
  } catch (error) {
    return only(stateFault(error));
  }
  try {
    const daemon = runningDaemon(state);
    return { checks: checksOf(state, config, lanes, daemon, nowMs), daemon, isUsable: true };
  } catch (error) {
    return only(stateFault(error));
  } finally {
    state.close();
  }
}

function checksOf(
  state: State,
  { bounds }: StateConfig,
  lanes: readonly FeedbackConfig[] | null,
  daemon: DaemonRecord | null,
  nowMs: number,
): readonly Check[] {
  return [
    integrity(state),
    ok('migrations', `${MIGRATIONS.length} of ${MIGRATIONS.length}`),
    writable(state),
    ok('daemon', daemon === null ? 'none runs here: send delivers' : `runs as pid ${daemon.pid}`),
    intents(state),
    ...checkSpool(state, bounds, nowMs),
    ...checkFeedback(state, lanes, nowMs),
    ...(lanes === null ? [] : checkExchange(state, nowMs)),
  ];
}

/** Anything else than a fault of the file goes on as what it is. */
function stateFault(error: unknown): Check {
  if (!(error instanceof StateFault)) throw error;
  return fail('state', `${error.code}: ${error.message}`, 'see the message; nothing was changed');
}

/** Without writing; null where it cannot be told so: opening it says what is wrong. */
function versionOf(path: string): number | null {
  let db: DatabaseSync | null = null;
  try {
    db = new DatabaseSync(path, { readOnly: true });
    return appliedVersion(db);
  } catch {
    return null;
  } finally {
    db?.close();
  }
}

function integrity(state: State): Check {
  const found = state.read(() => state.db.prepare('PRAGMA quick_check(1)').get())?.quick_check;
  return found === 'ok'
    ? ok('state', state.path)
    : fail('state', 'the file is damaged', 'keep a copy, then restore a backup of the data directory');
}

function writable(state: State): Check {
  try {
    state.transaction(() => undefined);
    return ok('state writable', 'yes');
  } catch (error) {
    if (!(error instanceof StateFault)) throw error;
    return fail('state writable', error.code, error.message);
  }
}

function intents(state: State): Check {
  const verified = state.read(() => verifyStoredIntents(state.db));
  return verified.ok
    ? ok('intent chain', `${verified.value} intents, no gap`)
    : fail('intent chain', verified.detail, 'somebody changed the state file: keep it and find out who');
}
