import { deferred } from './accept/deferred.ts';
import { openFeedbackSigners } from './accept/open-feedback-signers.ts';
import { type OpenStore, openStore, StartRefused } from './accept/open-store.ts';
import { watchReadiness } from './accept/readiness.ts';
import { type AdminListener, startAdmin } from './admin-app.ts';
import type { GatewayConfig } from './config/gateway-config.ts';
import { describeFaults, EXIT_CONFIG, loadConfig } from './config.ts';
import { createLogger, describeFault, type Logger } from './logging.ts';
import { createMetrics } from './metrics.ts';
import { type RunningGateway, startGateway } from './serve.ts';

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
    await run(config.value, logger, surroundings);
    return 0;
  } catch (fault) {
    if (surroundings.stop.aborted && !(fault instanceof StartRefused)) return 0;
    if (fault instanceof StartRefused) {
      surroundings.stderr(`vectorvue-gateway: ${fault.message}\n`);
      return fault.exitCode;
    }
    logger.error('gateway.failed', describeFault(fault));
    return EXIT_FAILURE;
  }
}

async function run(config: GatewayConfig, logger: Logger, surroundings: ServeSurroundings): Promise<void> {
  const clock = { now: () => Date.now() };
  const metrics = createMetrics();
  // What is opened is closed in the opposite order, however far the start got.
  await using opened = new AsyncDisposableStack();

  const admin = await startAdmin(config.adminListen, metrics).catch((fault: unknown) => {
    throw new StartRefused(`cannot listen on VV_TG_ADMIN_LISTEN (${codeOf(fault)})`, EXIT_FAILURE);
  });
  opened.defer(() => admin.close());
  const signers = opened.use(await openFeedbackSigners(config.feedback));
  const store = opened.use(
    await openStore({
      config,
      feedbackKeys: signers.keys,
      logger,
      clock,
      metrics,
      stop: surroundings.stop,
      admin,
    }),
  );
  const readiness = await watchReadiness({
    db: store.db,
    trust: store.trust,
    feedbackSigner: signers.active?.signer ?? null,
    clock,
  });
  opened.defer(() => readiness.close());

  const gateway = await startGateway(config, {
    ...store,
    rules: config.feedback.rules,
    activeFeedback: signers.active,
    readiness,
    metrics,
    logger,
    clock,
    admin,
  }).catch((fault: unknown) => {
    throw new StartRefused(`cannot listen on VV_TG_LISTEN (${codeOf(fault)})`, EXIT_FAILURE);
  });
  opened.defer(() => gateway.close());
  announce(gateway, admin, store, surroundings);
  logger.info('gateway.ready', { listen: gateway.listen, database: store.db.kind });
  await aborted(surroundings.stop);
  logger.info('gateway.stopping');
}

/** The contract with whoever started this: one line, and from now on requests are accepted. */
function announce(
  gateway: RunningGateway,
  admin: AdminListener,
  store: OpenStore,
  surroundings: ServeSurroundings,
): void {
  const line = {
    event: 'gateway.ready',
    listen: gateway.listen,
    adminListen: admin.listen,
    database: store.db.kind,
    pid: process.pid,
  };
  surroundings.stdout(`${JSON.stringify(line)}\n`);
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
    environment: process.env,
    stdout: (text) => process.stdout.write(text),
    stderr: (text) => process.stderr.write(text),
    stop: controller.signal,
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = deferred();
  if (signal.aborted) resolve();
  else signal.addEventListener('abort', () => resolve(), { once: true });
  return promise;
}

/** `EADDRINUSE` and the like: what an operator needs, without a path or a stack. */
function codeOf(fault: unknown): string {
  const code = (fault as { code?: unknown }).code;
  return typeof code === 'string' ? code : 'unknown';
}
