import { assembleGateway } from './accept/assemble-gateway.ts';
import { deferred } from './accept/deferred.ts';
import type { GatewayConfig } from './config/gateway-config.ts';
import type { Logger } from './logging.ts';
import type { ServeSurroundings } from './serve-command.ts';
import { followReloads } from './tls/follow-reloads.ts';
import { gatewayBuild } from './version.ts';

/** The gateway in this one process, until it is asked to stop. */
export async function serveAlone(
  config: GatewayConfig,
  logger: Logger,
  surroundings: ServeSurroundings,
): Promise<void> {
  const { environment, stop } = surroundings;
  const gateway = await assembleGateway(config, { logger, clock: { now: () => Date.now() }, stop });
  const { listen, adminListen, db, metrics } = gateway;
  using reloads = followReloads({
    environment,
    config,
    db,
    logger,
    metrics,
    give: async (next) => {
      await gateway.reload(next);
      return {};
    },
  });
  surroundings.onSignal?.('SIGHUP', () => reloads.onSignal());
  surroundings.onSignal?.('SIGUSR2', () => {
    logger.warn('workers.roll_refused', { reason: 'VV_TG_WORKERS is 1: there is no other process to go on' });
  });
  announceReady(surroundings, logger, { listen, adminListen, database: db.kind, workers: 1 });
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

/** The contract with whoever started this: one line, and from now on requests are accepted. */
export function announceReady(
  surroundings: Pick<ServeSurroundings, 'stdout'>,
  logger: Logger,
  facts: {
    readonly listen: string;
    readonly adminListen: string;
    readonly database: string;
    readonly workers: number;
  },
): void {
  const { listen, adminListen, database, workers } = facts;
  const build = gatewayBuild();
  surroundings.stdout(
    `${JSON.stringify({ event: 'gateway.ready', ...facts, ...build, pid: process.pid })}\n`,
  );
  logger.info('gateway.ready', { listen, admin_listen: adminListen, database, workers, ...build });
}

export function aborted(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = deferred();
  if (signal.aborted) resolve();
  else signal.addEventListener('abort', () => resolve(), { once: true });
  return promise;
}
