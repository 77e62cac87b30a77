import { startCountingJob } from '../attack/counting-job.ts';
import { startIntegration } from '../audit/start-integration.ts';
import { commandSocketPath, startCommandSocket } from '../cli/command-socket.ts';
import type { GatewayConfig } from '../config/gateway-config.ts';
import { startForwarding } from '../forward/start-forwarding.ts';
import { startRotationJob } from '../key-rotation/rotation-job.ts';
import { describeFault, type Logger } from '../logging.ts';
import type { Metrics } from '../metrics.ts';
import type { Database, Statement } from '../store/database.ts';
import { createNonceSweeper } from '../store/sweep-expired-nonces.ts';
import type { Clock } from './gateway.ts';
import type { AuditKey } from './open-audit-key.ts';

const LIVING_NONCES: Statement = {
  name: 'gateway-living-nonces-v1',
  text: 'SELECT coalesce(sum(living), 0)::float8 AS living FROM nonce_counters',
};

export interface BackgroundJobs extends AsyncDisposable {
  /** Something was committed in this process: what waits for commits need not wait for its next look. */
  wake(): void;
}

export interface BackgroundParts {
  readonly config: Pick<GatewayConfig, 'console' | 'store' | 'forward'>;
  /** null: none is configured, and nothing is signed over the audit log. */
  readonly auditKey: AuditKey | null;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly metrics: Metrics;
}

/**
 * THE place where whatever runs beside the requests is started, once a gateway: in the one process, or in the primary
 * of several workers, whose pool of connections is its own. Disposed in the opposite order before the database closes.
 */
export async function startBackgroundJobs(db: Database, parts: BackgroundParts): Promise<BackgroundJobs> {
  const { auditKey, clock, logger, metrics } = parts;
  const { store, forward: destinations } = parts.config;
  await using undo = new AsyncDisposableStack();
  const sweeper = createNonceSweeper(db, { logger });
  sweeper.start();
  undo.defer(() => sweeper.stop());
  metrics.livingNonces(() => countLivingNonces(db));
  undo.use(await startForwarding({ destinations, store, db, registry: metrics.registry, logger, clock }));
  const now = () => clock.now();
  const { dataDir } = store;
  undo.use(startRotationJob({ db, logger, registry: metrics.registry, dataDir, now, random: Math.random }));
  // Only the console shows what is counted.
  if (parts.config.console.off === null) {
    undo.use(startCountingJob({ db, logger, elapsed: () => performance.now() }));
  }
  if (db.kind === 'embedded') undo.use(await openCommandSocket(db, parts));
  const integration = auditKey === null ? null : undo.use(await startIntegration(db, auditKey, parts));
  const held = undo.move();
  return { wake: () => integration?.wake(), [Symbol.asyncDispose]: () => held.disposeAsync() };
}

/**
 * The way of CLI commands to a database that only this process can open. Without it the gateway serves all the
 * same, so a socket that cannot be opened is said and not fatal.
 */
async function openCommandSocket(db: Database, parts: BackgroundParts): Promise<AsyncDisposable> {
  const now = () => parts.clock.now();
  const path = commandSocketPath(parts.config.store.dataDir);
  try {
    const socket = await startCommandSocket({ path, context: { db, now } });
    return { [Symbol.asyncDispose]: () => socket.close() };
  } catch (fault) {
    parts.logger.error('command_socket.unavailable', describeFault(fault));
    return { [Symbol.asyncDispose]: async () => undefined };
  }
}

async function countLivingNonces(db: Database): Promise<number> {
  const [row] = await db.query<{ living: number }>(LIVING_NONCES);
  return row?.living ?? 0;
}
