import { StartRefused } from './accept/start-refused.ts';
import { describeFaults, EXIT_CONFIG, loadConfig, processEnvironment } from './config.ts';
import { createLogger, describeFault } from './logging.ts';
import { serveAlone } from './serve-alone.ts';

const EXIT_FAILURE = 1;

/** The surroundings of the command, so that a test can be them. */
export interface ServeSurroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** Aborted by the first SIGTERM or SIGINT. */
  readonly stop: AbortSignal;
  /** Calls back at each of these signals. SIGHUP: reload. SIGUSR2: rolling restart. */
  readonly onSignal?: (signal: 'SIGHUP' | 'SIGUSR2', handle: () => void) => void;
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
    if (config.value.workers === 1) await serveAlone(config.value, logger, surroundings);
    else {
      const { servePrimary } = await import('./workers/serve-primary.ts');
      await servePrimary(config.value, logger, surroundings);
    }
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

/** `settings` come before the environment of this process. */
export function ofThisProcess(settings: ServeSurroundings['environment'] = {}): ServeSurroundings {
  const controller = new AbortController();
  const onSignal = (): void => {
    // The second one is from somebody who does not want to wait.
    if (controller.signal.aborted) process.exit(EXIT_FAILURE);
    controller.abort();
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  // Without a handler of their own these end a process; before it is ready there is nothing to reload or to replace.
  process.on('SIGHUP', () => undefined);
  process.on('SIGUSR2', () => undefined);
  return {
    environment: { ...processEnvironment(), ...settings },
    stdout: (text) => void process.stdout.write(text),
    stderr: (text) => void process.stderr.write(text),
    stop: controller.signal,
    onSignal: (signal, handle) => void process.on(signal, handle),
  };
}
