import type { WireErrorCode } from '@nyxera/federation-protocol';
import type { AdminListener } from '../admin-app.ts';
import { appendAudit } from '../audit/append.ts';
import { classOfCode } from '../audit/classify.ts';
import { createCommit } from '../commit/commit-to-database.ts';
import { createCommitQueue } from '../commit/group-commit.ts';
import type { GatewayConfig } from '../config/gateway-config.ts';
import { describeFaults, EXIT_CONFIG } from '../config.ts';
import type { Logger } from '../logging.ts';
import type { Metrics } from '../metrics.ts';
import type { Commit } from '../store/commit-types.ts';
import type { Database } from '../store/database.ts';
import { migrate } from '../store/migrate.ts';
import { openDatabase } from '../store/open-database.ts';
import { StoreError } from '../store/store-error.ts';
import { type DeclaredFeedbackKey, importEnvironment } from '../trust/import-environment.ts';
import { openTrustCache, type TrustCache } from '../trust/trust-cache.ts';
import { deferred } from './deferred.ts';
import type { Clock } from './gateway.ts';
import type { UnvouchedRequest } from './journal.ts';
import { measureCommit } from './measure-commit.ts';

const RETRY_INTERVAL_MS = 2000;

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
      parts.logger.warn('store.waiting', { reason });
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
  const held = undo.move();
  return {
    db,
    trust,
    commit: queue.commit,
    auditSample: (request, code) => auditSample(db, request, code),
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

/** A refusal that nobody vouched for, as an audit entry of its own (PROTOCOL.md section 5, before step 4). */
async function auditSample(db: Database, request: UnvouchedRequest, code: WireErrorCode): Promise<void> {
  await db.transaction((tx) =>
    appendAudit(tx, [
      {
        requestId: request.requestId,
        class: classOfCode(code),
        action: request.endpoint ?? 'unknown-path',
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
