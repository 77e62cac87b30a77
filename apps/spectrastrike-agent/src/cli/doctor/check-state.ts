import { existsSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import type { FeedbackConfig } from '../../config.ts';
import { listGatewayKeys } from '../../keys/gateway-keys.ts';
import { createSpool } from '../../spool/spool.ts';
import { openState, STATE_FILE, type State } from '../../state/open-state.ts';
import { StateFault } from '../../state/state-fault.ts';
import { feedbackKeyring } from '../../trust/feedback-keyring.ts';
import { listTrustedKeys } from '../../trust/trusted-keys.ts';
import { listForks } from '../../witness/fork-store.ts';
import { rememberedLog } from '../../witness/witness-store.ts';
import { instant } from '../format.ts';
import { type Check, fail, ok, warn } from './check.ts';
import { checkExchange } from './check-exchange.ts';
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
      ...auditLog(state, config, nowMs),
      ...(config === null ? [] : [feedbackKeys(state, config, nowMs), ...checkExchange(state, nowMs)]),
    ];
  } catch (error) {
    if (!(error instanceof StateFault)) throw error;
    return [fail('state', `${error.code}: ${error.message}`, 'see the message; nothing was changed')];
  } finally {
    state.close();
  }
}

/** A witness that was not fed for so long knows little of the days since; seconds. */
const WITNESS_AGE_WARNING_SECONDS = 86_400;

function auditLog(state: State, config: FeedbackConfig | null, nowMs: number): readonly Check[] {
  const name = 'audit log';
  const fork = state.read(() => listForks(state.db)).find((one) => one.clearedAtMs === null);
  if (fork !== undefined) {
    const found = `${fork.origin} contradicts itself (${fork.code}); no feedback of ${fork.gateway} is applied`;
    return [
      fail(name, found, 'witness status has the evidence; settle it with their operator, then witness reset'),
    ];
  }
  if (config === null) return [];
  if (config.log === null) {
    return [
      warn(
        name,
        'no log is trusted, so none is witnessed',
        'take a newer peer file, or set VECTORVUE_AUDIT_LOG_KEY',
      ),
    ];
  }
  const { origin } = config.log;
  const known = state.read(() => rememberedLog(state.db, origin));
  if (known === null) return [warn(name, `${origin} was never seen`, 'feedback pull or witness pull')];
  const found = `${origin}: ${known.size} entries at ${instant(known.seenAtMs)}`;
  return nowMs - known.seenAtMs > 1000 * WITNESS_AGE_WARNING_SECONDS
    ? [
        warn(
          name,
          found,
          'run feedback pull or witness pull more often: what is not witnessed can be rewritten',
        ),
      ]
    : [ok(name, found)];
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
  const place = { gateway: config.gatewayUrl, tenantId: config.tenantId.toLowerCase() };
  const learned = state.read(() => listGatewayKeys(state.db, place));
  const find = feedbackKeyring(config.tenantId, config.feedbackKeys, trusted, nowMs / 1000, learned);
  const kids = new Set([...config.feedbackKeys, ...trusted, ...learned].map((one) => one.kid));
  const usable = [...kids].filter((kid) => find(kid) !== null).sort();
  return usable.length > 0
    ? ok('feedback keys', usable.join(' '))
    : warn('feedback keys', 'none that may verify now', 'peer add takes them from the gateway’s file');
}
