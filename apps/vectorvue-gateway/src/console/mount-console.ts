import type { Clock } from '../accept/gateway.ts';
import type { AdminListener } from '../admin-app.ts';
import type { LogReader } from '../audit/log-reader.ts';
import type { GatewayConfig } from '../config/gateway-config.ts';
import { isLoopback } from '../config/listen-address.ts';
import { describeFault, type Logger } from '../logging.ts';
import type { Database } from '../store/database.ts';
import { StoreError } from '../store/store-error.ts';
import { answerPlainly } from './plain-answers.ts';
import type { RunningConsole } from './start-console.ts';

export interface ConsoleMount {
  readonly config: GatewayConfig;
  readonly db: Database;
  /** null: no audit key is configured. */
  readonly log: LogReader | null;
  readonly admin: AdminListener;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Puts the console on the administration listener, or says why not. Its program is loaded and its connections are opened by
 * the first call, so that a gateway which nobody looks at pays nothing; one that failed is tried again by the next call.
 * Never in a process that serves the federation listener beside others.
 */
export function mountConsole(mount: ConsoleMount): AsyncDisposable {
  const { config, admin, logger } = mount;
  const { off, tls, url } = config.console;
  if (off !== null) {
    logger.info('console.off', { reason: off });
    admin.serveConsole((_request, response) => answerPlainly(response, 'console_off', off));
    return { [Symbol.asyncDispose]: async () => undefined };
  }
  let opening: Promise<RunningConsole> | null = null;
  let closed = false;
  const open = (): Promise<RunningConsole> => {
    opening ??= load(mount).catch((fault: unknown) => {
      opening = null;
      throw fault;
    });
    return opening;
  };
  admin.serveConsole((request, response) => {
    if (closed) return answerPlainly(response, 'starting', 'the gateway stops');
    open().then(
      (console) => console.handle(request, response),
      (fault: unknown) => {
        // The store's own message says what to grant, and never a password.
        const cause = fault instanceof StoreError ? { cause: fault.message } : describeFault(fault);
        logger.error('console.unavailable', cause);
        answerPlainly(
          response,
          'unavailable',
          'the console cannot be opened; the log of the gateway says why',
        );
      },
    );
  });
  const origin = url ?? `${tls === null ? 'http' : 'https'}://${admin.listen}`;
  logger.info('console.ready', { address: `${origin}/console/` });
  return {
    [Symbol.asyncDispose]: async () => {
      closed = true;
      await (await opening?.catch(() => null))?.close();
    },
  };
}

async function load(mount: ConsoleMount): Promise<RunningConsole> {
  const { startConsole } = await import('./start-console.ts');
  const { config, db, log, admin, clock, logger } = mount;
  return startConsole({
    gateway: {
      config,
      log,
      metricsText: () => admin.metricsText(),
      readinessReasons: () => admin.readinessReasons(),
    },
    db,
    clock,
    logger,
    address: {
      scheme: config.console.tls === null ? 'http' : 'https',
      loopback: isLoopback(config.adminListen.host),
      publicHost: config.console.url === null ? null : new URL(config.console.url).host,
    },
  });
}
