import type { CliContext } from '../cli/cli-context.ts';
import { loadDaemonConfig } from '../config.ts';
import type { Logger } from '../logging.ts';
import type { Daemon } from './create-daemon.ts';
import { describeError } from './describe-error.ts';
import type { RunningServices } from './start-services.ts';

/**
 * SIGHUP: the configuration file and what it names (routes, mappings, redaction rules, watched folders) are read again;
 * the environment of a process cannot change. With a fault in them nothing changes and all faults are logged. The data
 * directory stays what it was.
 */
export function reloadOnHangup(
  context: CliContext,
  daemon: Daemon,
  services: RunningServices,
  logger: Logger,
): AsyncDisposable {
  let last: Promise<void> = Promise.resolve();
  const stop = context.onHangup?.(() => {
    // One after the other, so that two signals do not reconfigure at once.
    last = last.then(() => reload(context, daemon, services, logger));
  });
  return {
    [Symbol.asyncDispose]: () => {
      stop?.();
      return last;
    },
  };
}

async function reload(
  context: CliContext,
  daemon: Daemon,
  services: RunningServices,
  logger: Logger,
): Promise<void> {
  if (context.signal.aborted) return;
  try {
    const loaded = await loadDaemonConfig(context.environment, context.askPin);
    if (!loaded.ok) {
      logger.warn('config.refused', { class: 'security', faults: loaded.faults });
      return;
    }
    const { dataDir } = daemon.context.config();
    logger.level = loaded.value.logLevel;
    await daemon.reconfigure({ ...loaded.value, dataDir });
    await services.reload();
    const { lanes, intake } = loaded.value;
    logger.info('config.taken', { tenants: lanes.length, mappings: intake.mappings.size });
  } catch (error) {
    logger.warn('config.refused', describeError(error));
  }
}
