import type { WireErrorCode } from '@nyxera/federation-protocol';
import type { AdminListener } from '../admin-app.ts';
import { appendAudit } from '../audit/append.ts';
import { classOfCode } from '../audit/classify.ts';
import { commandSocketPath, startCommandSocket } from '../cli/command-socket.ts';
import { ACTION } from '../commit/audit-candidates.ts';
import { createCommit } from '../commit/commit-to-database.ts';
import { createCommitQueue } from '../commit/group-commit.ts';
import type { GatewayConfig } from '../config/gateway-config.ts';
import { describeFaults, EXIT_CONFIG } from '../config.ts';
import { describeFault, type Logger } from '../logging.ts';
import type { Metrics } from '../metrics.ts';
import type { Commit } from '../store/commit-types.ts';
import type { Database, Statement } from '../store/database.ts';
import { migrate } from '../store/migrate.ts';
import { openDatabase } from '../store/open-database.ts';
import { StoreError } from '../store/store-error.ts';
import { createNonceSweeper } from '../store/sweep-expired-nonces.ts';
import { type DeclaredFeedbackKey, importEnvironment } from '../trust/import-environment.ts';
import { openTrustCache, type TrustCache } from '../trust/trust-cache.ts';
import { deferred } from './deferred.ts';
import type { Clock } from './gateway.ts';
import type { UnvouchedRequest } from './journal.ts';
import { measureCommit } from './measure-commit.ts';

const RETRY_INTERVAL_MS = 2000;

const LIVING_NONCES: Statement = {
  name: 'gateway-living-nonces-v1',
  text: 'SELECT coalesce(sum(living), 0)::float8 AS living FROM nonce_counters',
};

/** The start cannot succeed by waiting; the message is for the operator. */
export class StartRefused extends Error {
  override readonly name = 'StartRefused';
  readonly exitCode: number;

  constructor(message: string, exitCode: number) {
    super(message);
    this.exitCode = exitCode;
  }
}

export interface OpenStore extends AsyncDisposable {
  readonly db: Database;
  readonly trust: TrustCache;
  readonly commit: Commit;
  readonly auditSample: (request: UnvouchedRequest, code: WireErrorCode) => Promise<void>;
}

export interface OpenStoreParts {
  readonly config: GatewayConfig;
  readonly feedbackKeys: readonly DeclaredFeedbackKey[];
  readonly logger: Logger;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly admin: Pick<AdminListener, 'reportReadiness'>;
  readonly stop: AbortSignal;
}

/**
 * Opens the database, brings its schema up to date, imports what the environment declares and loads trust.
 * A PostgreSQL that is not there yet is waited for, and `/readyz` says so; what waiting cannot mend (another
 * process on the embedded directory, a changed migration, a missing privilege) is refused by name.
 */
export async function openStore(parts: OpenStoreParts): Promise<OpenStore> {
  for (;;) {
    try {
      return await tryToOpen(parts);
    } catch (fault) {
      const reason = reasonToWait(fault, parts.config);
      if (reason === null) {
        throw fault instanceof StoreError ? new StartRefused(fault.message, 1) : fault;
      }
      // The store's own message names the cause (refused login, no such host) and never a password.
      parts.logger.warn('store.waiting', { reason, cause: fault instanceof Error ? fault.message : null });
      parts.admin.reportReadiness(async () => [`store: ${reason}`]);
    }
    await pause(RETRY_INTERVAL_MS, parts.stop);
  }
}

function reasonToWait(fault: unknown, config: GatewayConfig): string | null {
  if (!(fault instanceof StoreError) || config.store.databaseUrl === null) return null;
  if (fault.code === 'unavailable' || fault.code === 'connection_lost') return 'the database does not answer';
  // With migrations left to somebody else, their coming is what is waited for.
  const awaited = fault.code === 'schema_missing' || fault.code === 'role_missing';
  return awaited && !config.store.autoMigrate ? 'the schema is missing: run vectorvue-gateway migrate' : null;
}

async function tryToOpen(parts: OpenStoreParts): Promise<OpenStore> {
  const { config, clock, logger } = parts;
  const { databaseUrl, dataDir, autoMigrate } = config.store;
  await using undo = new AsyncDisposableStack();
  const db = await openDatabase({ databaseUrl, dataDir, role: 'serve', logger });
  undo.defer(() => db.close());
  if (autoMigrate) {
    const { applied } = await migrate(db);
    if (applied.length > 0) logger.info('store.migrated', { applied });
  }
  const imported = await importEnvironment(db, config.declared, parts.feedbackKeys, clock.now());
  if (!imported.ok) {
    throw new StartRefused(
      `the configuration contradicts the store\n${describeFaults(imported.faults)}`,
      EXIT_CONFIG,
    );
  }
  for (const warning of imported.value.warnings) logger.warn('trust.import', { warning });
  const trust = await openTrustCache(db, {
    now: () => clock.now(),
    onFault: () => logger.warn('trust.unconfirmed'),
    onChange: (snapshot) =>
      logger.info('trust.loaded', { version: snapshot.version, faults: snapshot.faults }),
  });
  undo.defer(() => trust.close());
  const { nonceTtlSeconds, nonceLimitPerIdentity, rateLimitPerMinute } = config.checks;
  const single = createCommit(db, { nonceTtlSeconds, nonceLimitPerIdentity, rateLimitPerMinute, logger });
  const queue = createCommitQueue(measureCommit(single, parts.metrics, clock));
  undo.defer(() => queue.settled());
  const sweeper = createNonceSweeper(db, { logger });
  sweeper.start();
  undo.defer(() => sweeper.stop());
  parts.metrics.livingNonces(() => countLivingNonces(db));
  if (db.kind === 'embedded') undo.use(await openCommandSocket(dataDir, db, parts));

  const held = undo.move();
  return {
    db,
    trust,
    commit: queue.commit,
    auditSample: (request, code) => auditSample(db, request, code),
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

/**
 * The way of CLI commands to a database that only this process can open. Without it the gateway serves all the
 * same, so a socket that cannot be opened is said and not fatal.
 */
async function openCommandSocket(
  dataDir: string,
  db: Database,
  parts: OpenStoreParts,
): Promise<AsyncDisposable> {
  const now = () => parts.clock.now();
  try {
    const socket = await startCommandSocket({ path: commandSocketPath(dataDir), context: { db, now } });
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

/** A refusal that nobody vouched for, as an audit entry of its own (PROTOCOL.md section 5, before step 4). */
async function auditSample(db: Database, request: UnvouchedRequest, code: WireErrorCode): Promise<void> {
  await db.transaction((tx) =>
    appendAudit(tx, [
      {
        requestId: request.requestId,
        class: classOfCode(code),
        action: request.endpoint === null ? 'unknown_path' : ACTION[request.endpoint],
        actor: 'stranger',
        code,
        subject: null,
        operatorId: null,
        tenantId: null,
        kid: null,
        peerSha256: request.peerSha256,
        evidenceSha256: null,
      },
    ]),
  );
}

async function pause(milliseconds: number, stop: AbortSignal): Promise<void> {
  const { promise, resolve } = deferred();
  const timer = setTimeout(resolve, milliseconds);
  stop.addEventListener('abort', () => resolve(), { once: true });
  await promise;
  clearTimeout(timer);
  stop.throwIfAborted();
}
