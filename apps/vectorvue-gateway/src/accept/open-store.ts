import type { WireErrorCode } from '@nyxera/federation-protocol';
import { createCommit } from '../commit/commit-to-database.ts';
import { createCommitQueue } from '../commit/group-commit.ts';
import type { GatewayConfig } from '../config/gateway-config.ts';
import type { Metrics } from '../metrics.ts';
import type { Commit } from '../store/commit-types.ts';
import type { Database } from '../store/database.ts';
import { openDatabase } from '../store/open-database.ts';
import type { DeclaredOwnKey } from '../trust/import-environment.ts';
import { openTrustCache, type TrustCache } from '../trust/trust-cache.ts';
import type { TrustSnapshot } from '../trust/trust-snapshot.ts';
import { auditSample } from './audit-sample.ts';
import { type AwaitStoreParts, awaitStore } from './await-store.ts';
import { startBackgroundJobs } from './background-jobs.ts';
import type { Clock, GatewayRole } from './gateway.ts';
import type { UnvouchedRequest } from './journal.ts';
import { measureCommit } from './measure-commit.ts';
import type { AuditKey } from './open-audit-key.ts';
import { prepareStore } from './prepare-store.ts';

export interface OpenStore extends AsyncDisposable {
  readonly db: Database;
  readonly trust: TrustCache;
  readonly commit: Commit;
  /** The database is away: what has not gone down yet is told so at once. */
  readonly refuseWaiting: () => void;
  readonly auditSample: (request: UnvouchedRequest, code: WireErrorCode) => Promise<void>;
}

export interface OpenStoreParts extends AwaitStoreParts {
  readonly config: GatewayConfig;
  readonly role: GatewayRole;
  /** What this process can sign with; declared to the store where it is the whole gateway. */
  readonly ownKeys: readonly DeclaredOwnKey[];
  /** null: none is configured, or this is a worker, whose primary signs the audit log. */
  readonly auditKey: AuditKey | null;
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** Told of every trust that takes effect, the first included. Must not throw. */
  readonly onTrust: (snapshot: TrustSnapshot) => void;
}

/**
 * Opens what requests are judged by and committed to: the database, trust, the commit queue. Where this process is the
 * whole gateway, also brings the schema up to date, imports what the environment declares and starts the background
 * jobs; a worker's primary has done that.
 */
export function openStore(parts: OpenStoreParts): Promise<OpenStore> {
  return awaitStore(parts, () => tryToOpen(parts));
}

async function tryToOpen(parts: OpenStoreParts): Promise<OpenStore> {
  const { config, clock, logger, metrics, role } = parts;
  const { limits } = config;
  const { databaseUrl, dataDir } = config.store;
  await using undo = new AsyncDisposableStack();
  const poolSize = limits.databaseConnections;
  const db = await openDatabase({ databaseUrl, dataDir, role: 'serve', logger, poolSize });
  undo.defer(() => db.close());
  if (role === 'whole') await prepareStore(db, parts);
  const trust = await openTrustCache(db, {
    now: () => clock.now(),
    onFault: () => logger.warn('trust.unconfirmed'),
    onChange: (snapshot) => {
      logger.info('trust.loaded', { version: snapshot.version, faults: snapshot.faults });
      parts.onTrust(snapshot);
    },
  });
  undo.defer(() => trust.close());
  const { nonceTtlSeconds, nonceLimitPerIdentity, rateLimitPerMinute } = config.checks;
  const single = createCommit(db, { nonceTtlSeconds, nonceLimitPerIdentity, rateLimitPerMinute, logger });
  const queue = createCommitQueue(measureCommit(single, metrics, clock), {
    maxBatch: limits.commitFlushRequests,
    maxQueue: limits.commitQueueRequests,
    maxQueueBytes: limits.commitQueueBytes,
    maxBatchBytes: limits.commitFlushBytes,
    onShed: (reason) => metrics.shed(reason),
  });
  undo.defer(() => queue.settled());
  const jobs = role === 'whole' ? undo.use(await startBackgroundJobs(db, parts)) : null;

  const held = undo.move();
  return {
    db,
    trust,
    commit: jobs === null ? queue.commit : (requests) => queue.commit(requests).finally(() => jobs.wake()),
    refuseWaiting: () => queue.refuseWaiting(),
    auditSample: (request, code) => auditSample(db, request, code),
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}
