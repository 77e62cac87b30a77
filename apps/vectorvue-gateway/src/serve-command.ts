import { assembleGateway } from './accept/assemble-gateway.ts';
import { deferred } from './accept/deferred.ts';
import { StartRefused } from './accept/open-store.ts';
import type { GatewayConfig } from './config/gateway-config.ts';
import { describeFaults, EXIT_CONFIG, loadConfig, processEnvironment } from './config.ts';
import { createLogger, describeFault, type Logger } from './logging.ts';

const EXIT_FAILURE = 1;

/** The surroundings of the command, so that a test can be them. */
export interface ServeSurroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** Aborted by the first SIGTERM or SIGINT. */
  readonly stop: AbortSignal;
}

/**
 * `vectorvue-gateway serve`: configuration, store, trust, listeners, the ready line, and on SIGTERM or SIGINT
 * the way back. Returns 0 after a shutdown that was asked for, 78 for bad configuration, 1 otherwise. A second
 * signal ends the process at once.
 */
export async function serveCommand(surroundings: ServeSurroundings = ofThisProcess()): Promise<number> {
  const config = await loadConfig(surroundings.environment);
  if (!config.ok) {
    surroundings.stderr(
      `vectorvue-gateway: the configuration is not usable\n${describeFaults(config.faults)}`,
    );
    return EXIT_CONFIG;
  }
  const logger = createLogger(config.value.logLevel);
  for (const warning of config.value.warnings) logger.warn('config.warning', { warning });
  try {
    await serveUntilStopped(config.value, logger, surroundings);
    return 0;
  } catch (fault) {
    if (fault instanceof StartRefused) {
      surroundings.stderr(`vectorvue-gateway: ${fault.message}\n`);
      return fault.exitCode;
    }
    // Stopped while it was still waiting for its database: that was asked for, too.
    if (surroundings.stop.aborted) return 0;
    logger.error('gateway.failed', describeFault(fault));
    return EXIT_FAILURE;
  }
}

async function serveUntilStopped(
  config: GatewayConfig,
  logger: Logger,
  surroundings: ServeSurroundings,
): Promise<void> {
  const { stop } = surroundings;
  const gateway = await assembleGateway(config, { logger, clock: { now: () => Date.now() }, stop });
  // The contract with whoever started this: one line, and from now on requests are accepted.
  const { listen, adminListen, db } = gateway;
  const ready = { event: 'gateway.ready', listen, adminListen, database: db.kind, pid: process.pid };
  surroundings.stdout(`${JSON.stringify(ready)}\n`);
  logger.info('gateway.ready', { listen, admin_listen: adminListen, database: db.kind });
  if (db.kind === 'embedded') {
    logger.warn('store.embedded', {
      warning: 'one process, no promise about loss of power; set DATABASE_URL for PostgreSQL',
    });
  }
  await aborted(stop);
  logger.info('gateway.stopping');
  await gateway.close();
  logger.info('gateway.stopped');
}

function ofThisProcess(): ServeSurroundings {
  const controller = new AbortController();
  const onSignal = (): void => {
    // The second one is from somebody who does not want to wait.
    if (controller.signal.aborted) process.exit(EXIT_FAILURE);
    controller.abort();
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  return {
    environment: processEnvironment(),
    stdout: (text) => void process.stdout.write(text),
    stderr: (text) => void process.stderr.write(text),
    stop: controller.signal,
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = deferred();
  if (signal.aborted) resolve();
  else signal.addEventListener('abort', () => resolve(), { once: true });
  return promise;
}
