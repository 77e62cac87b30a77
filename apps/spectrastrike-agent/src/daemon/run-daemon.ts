import { agentBuild } from '../cli/agent-version.ts';
import type { CliContext } from '../cli/cli-context.ts';
import { CliFault } from '../cli/cli-fault.ts';
import { EXIT_FAULT } from '../cli/exit-codes.ts';
import type { DaemonConfig } from '../config.ts';
import { systemClock } from '../deliver/system-clock.ts';
import { createAgentLogger, type Logger } from '../logging.ts';
import {
  DAEMON_LOCK_FILE,
  type DirectoryLock,
  DRAIN_LOCK_FILE,
  takeDirectoryLock,
} from '../spool/directory-lock.ts';
import { openState, type State } from '../state/open-state.ts';
import { createDaemon } from './create-daemon.ts';
import { forgetDaemon, recordDaemon } from './daemon-record.ts';
import { describeError } from './describe-error.ts';
import { reloadOnHangup } from './reload.ts';
import type { Service } from './service.ts';
import { startServices } from './start-services.ts';
import { upkeep } from './upkeep.ts';
import { watchState } from './watch-state.ts';

/** How long a daemon that is still ending may hold the directory; milliseconds. A restart is no second daemon. */
const LOCK_PATIENCE_MS = 2000;
const LOCK_POLL_MS = 100;

/**
 * The daemon from its start to its end: lock -> state -> services -> gateways -> ready -> (until a signal) -> services
 * -> gateways. Ends when `context.signal` aborts and what was in flight is finished and recorded.
 *
 * Readiness is the line on standard output. `NOTIFY_SOCKET` is not used: it is a datagram socket in the file system,
 * which Node cannot open without native code, so units say `Type=exec`.
 */
export async function runDaemon(
  context: CliContext,
  config: DaemonConfig,
  services: readonly Service[],
): Promise<void> {
  const state = openState(config.dataDir, { now: context.now });
  try {
    const logger = createAgentLogger(config.logLevel);
    const lock = await takeDaemonLock(context, state);
    try {
      const draining = await takeDrainLock(context, state, logger);
      if (draining === null) return;
      try {
        await runLocked(context, config, services, state, logger);
      } finally {
        draining.release();
      }
    } finally {
      lock.release();
    }
  } finally {
    state.close();
  }
}

async function runLocked(
  context: CliContext,
  config: DaemonConfig,
  services: readonly Service[],
  state: State,
  logger: Logger,
): Promise<void> {
  const daemon = createDaemon({ context, config, state, logger });
  const running = await startServices(services, daemon.context);
  try {
    daemon.start();
    const record = {
      pid: process.pid,
      startedAtMs: daemon.startedAtMs,
      version: agentBuild().version,
      services: running.describe(),
    };
    daemon.setServices(running);
    state.transaction(() => recordDaemon(state.db, record));
    const ready = {
      event: 'agent.ready',
      pid: record.pid,
      ...agentBuild(),
      data_dir: state.dataDir,
      gateways: [...new Set(config.lanes.map((one) => one.gatewayUrl))],
      tenants: config.lanes.map((one) => one.tenantId),
      services: record.services,
    };
    // Before anybody is told: without a listener SIGHUP ends a process.
    await using _ = reloadOnHangup(context, daemon, running, logger);
    context.stdout.write(`${JSON.stringify(ready)}\n`);
    logger.info('agent.ready', { pid: record.pid });
    const watched = { onChange: () => daemon.nudge(), onWake: () => daemon.wake() };
    const { config: configNow } = daemon.context;
    await Promise.all([
      watchState(state, watched, logger, context.signal),
      upkeep(state, configNow, context.now, logger, context.signal),
    ]);
    logger.info('agent.stopping', {});
  } finally {
    await running.close();
    await daemon.close();
    forget(state, logger);
  }
}

/** A full disk must not turn an orderly end into a fault: whether a daemon runs, its lock says. */
function forget(state: State, logger: Logger): void {
  try {
    state.transaction(() => forgetDaemon(state.db));
  } catch (error) {
    logger.warn('agent.unrecorded', describeError(error));
  }
}

async function takeDaemonLock(context: CliContext, state: State): Promise<DirectoryLock> {
  for (let waitedMs = 0; ; waitedMs += LOCK_POLL_MS) {
    const lock = takeDirectoryLock(state.dataDir, DAEMON_LOCK_FILE);
    if (lock !== null) return lock;
    if (waitedMs >= LOCK_PATIENCE_MS || context.signal.aborted) {
      throw new CliFault(
        EXIT_FAULT,
        `another daemon runs on ${state.dataDir}: one is enough, and two are refused`,
      );
    }
    await systemClock.wait(LOCK_POLL_MS, context.signal);
  }
}

/** A `send` that is draining comes to its end first; null: stopped while waiting for it. */
async function takeDrainLock(
  context: CliContext,
  state: State,
  logger: Logger,
): Promise<DirectoryLock | null> {
  for (let tries = 0; !context.signal.aborted; tries += 1) {
    const lock = takeDirectoryLock(state.dataDir, DRAIN_LOCK_FILE);
    if (lock !== null) return lock;
    if (tries === 0) logger.info('agent.waiting', { for: 'another process that is delivering' });
    await systemClock.wait(LOCK_POLL_MS, context.signal);
  }
  return null;
}
