import { existsSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import type { FeedbackConfig } from '../../config.ts';
import { createSpool } from '../../spool/spool.ts';
import { openState, STATE_FILE, type State } from '../../state/open-state.ts';
import { StateFault } from '../../state/state-fault.ts';
import { feedbackKeyring } from '../../trust/feedback-keyring.ts';
import { listTrustedKeys } from '../../trust/trusted-keys.ts';
import { type Check, fail, ok, warn } from './check.ts';
import { verifyStoredIntents } from './verify-intents.ts';

const LOW_DISK_BYTES = 256 * 1024 * 1024;

/** The state file and what is in it. Does not make one where there is none. */
export function checkState(dataDir: string, config: FeedbackConfig | null, nowMs: number): readonly Check[] {
  if (!existsSync(join(dataDir, STATE_FILE))) {
    return [warn('state', `none in ${dataDir}`, 'spectrastrike-agent init makes it')];
  }
  let state: State;
  try {
    state = openState(dataDir, { now: () => nowMs });
  } catch (error) {
    if (!(error instanceof StateFault)) throw error;
    return [fail('state', `${error.code}: ${error.message}`, 'see the message; nothing was changed')];
  }
  try {
    return [
      integrity(state),
      writable(state),
      disk(dataDir),
      intents(state),
      ...spool(state, nowMs),
      ...(config === null ? [] : [feedbackKeys(state, config, nowMs)]),
    ];
  } catch (error) {
    if (!(error instanceof StateFault)) throw error;
    return [fail('state', `${error.code}: ${error.message}`, 'see the message; nothing was changed')];
  } finally {
    state.close();
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

function disk(dataDir: string): Check {
  const status = statfsSync(dataDir);
  const free = status.bavail * status.bsize;
  const mebibytes = `${Math.floor(free / 1024 / 1024)} MiB free`;
  return free < LOW_DISK_BYTES
    ? warn('disk', mebibytes, 'make room: a full disk stops the intake')
    : ok('disk', mebibytes);
}

function intents(state: State): Check {
  const verified = state.read(() => verifyStoredIntents(state.db));
  return verified.ok
    ? ok('intent chain', `${verified.value} intents, no gap`)
    : fail('intent chain', verified.detail, 'somebody changed the state file: keep it and find out who');
}

function spool(state: State, nowMs: number): readonly Check[] {
  const queue = createSpool(state, { now: () => nowMs });
  const lanes = queue.lanes();
  const counts = queue.counts();
  const pending = counts.reduce((sum, one) => sum + one.pending, 0);
  const quarantined = counts.reduce((sum, one) => sum + one.quarantined, 0);
  return [
    ok('spool', `${pending} pending in ${lanes.length} lanes`),
    quarantined === 0
      ? ok('quarantine', 'empty')
      : warn(
          'quarantine',
          `${quarantined} events`,
          'spectrastrike-agent quarantine list; then retry or drop',
        ),
    ...lanes
      .filter((lane) => lane.state === 'paused')
      .map((lane) =>
        warn(
          `lane ${lane.laneId}`,
          `paused by ${lane.pausedCode}`,
          'have the gateway’s operator look at identity, mapping and clock; then spectrastrike-agent send',
        ),
      ),
    ...[...new Set(lanes.map((lane) => lane.gateway))]
      .map((url) => queue.gateway(url))
      .filter((gateway) => gateway.markedCode !== null)
      .map((gateway) =>
        warn(
          'gateway trust',
          `${gateway.url} is marked: ${gateway.markedCode}`,
          'find out who answered there before anything else',
        ),
      ),
  ];
}

/** Which keys would verify an answer now: the environment's and those that peer add took, as one keyring. */
function feedbackKeys(state: State, config: FeedbackConfig, nowMs: number): Check {
  const trusted = state.read(() => listTrustedKeys(state.db));
  const find = feedbackKeyring(config.tenantId, config.feedbackKeys, trusted, nowMs / 1000);
  const kids = new Set([...config.feedbackKeys, ...trusted].map((one) => one.kid));
  const usable = [...kids].filter((kid) => find(kid) !== null).sort();
  return usable.length > 0
    ? ok('feedback keys', usable.join(' '))
    : warn('feedback keys', 'none that may verify now', 'peer add takes them from the gateway’s file');
}
