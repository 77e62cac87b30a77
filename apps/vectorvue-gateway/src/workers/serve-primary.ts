import cluster from 'node:cluster';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { awaitStore } from '../accept/await-store.ts';
import { startBackgroundJobs } from '../accept/background-jobs.ts';
import { deferred } from '../accept/deferred.ts';
import { listen as bind } from '../accept/listen.ts';
import { type AuditKey, openAuditKey } from '../accept/open-audit-key.ts';
import { openFeedbackSigners } from '../accept/open-feedback-signers.ts';
import { prepareStore } from '../accept/prepare-store.ts';
import { refuseToListen } from '../accept/start-refused.ts';
import { type AdminListener, startAdmin } from '../admin-app.ts';
import { createLogReader } from '../audit/log-reader.ts';
import type { GatewayConfig, ListenAddress } from '../config/gateway-config.ts';
import { shareOfWorker } from '../config/worker-settings.ts';
import { mountConsole } from '../console/mount-console.ts';
import { describeFault, type Logger } from '../logging.ts';
import { createMetrics, type Metrics } from '../metrics.ts';
import { readReload } from '../read-reload.ts';
import type { Reloadable } from '../serve.ts';
import { aborted, announceReady } from '../serve-alone.ts';
import type { ServeSurroundings } from '../serve-command.ts';
import type { Database } from '../store/database.ts';
import { openDatabase } from '../store/open-database.ts';
import { followReloads } from '../tls/follow-reloads.ts';
import { Fleet } from './fleet.ts';
import { createFleetMetrics } from './fleet-metrics.ts';
import { readFleetReadiness } from './fleet-readiness.ts';

/** How often workers are asked what they have counted, so that little is forgotten when one is killed. Milliseconds. */
const REPORT_EVERY_MS = 5000;
/** For the background jobs; requests have the pools of the workers. */
const CONNECTIONS = 4;

/**
 * The primary of several workers: administration listener, migrations, import of trust, background jobs; and the
 * workers themselves, which are started, watched, replaced and ended here. It serves no request. Returns when it was
 * asked to stop and all have ended; throws StartRefused where it cannot go on.
 */
export async function servePrimary(
  config: GatewayConfig,
  logger: Logger,
  surroundings: ServeSurroundings,
): Promise<void> {
  const { stop } = surroundings;
  await using undo = new AsyncDisposableStack();
  const metrics = createMetrics();
  const fleetMetrics = createFleetMetrics(metrics);
  const { tls } = config.console;
  const metricsText = () => fleetMetrics.text();
  const admin = await startAdmin(config.adminListen, metrics, { metricsText, tls }).catch(
    refuseToListen('VV_TG_ADMIN_LISTEN'),
  );
  undo.defer(() => admin.close());
  const address = await findPort(config.listen).catch(refuseToListen('VV_TG_LISTEN'));
  const auditKey = config.audit === null ? null : undo.use(await openAuditKey(config.audit));
  const db = await openPrepared(config, { auditKey, logger, metrics, admin, stop });
  undo.defer(() => db.close());
  const clock = { now: () => Date.now() };
  undo.use(await startBackgroundJobs(db, { config, auditKey, logger, clock, metrics }));
  const log = auditKey === null ? null : createLogReader(db);
  if (log !== null) admin.serveLog(log);
  undo.use(mountConsole({ config, db, log, admin, clock, logger }));

  forkAsWorkers();
  const started: GatewayConfig = { ...config, listen: address };
  const fleet = new Fleet(shareOfWorker(started), { logger, metrics: fleetMetrics });
  undo.defer(() => fleet.stop());
  undo.defer(() => admin.reportReadiness(async () => ['stopping']));
  admin.reportReadiness(() => readFleetReadiness(fleet));
  fleetMetrics.observe(fleet);
  const listen = await Promise.race([fleet.start(), aborted(stop)]);
  stop.throwIfAborted();

  undo.use(obeySignals({ started, fleet, db, logger, metrics, surroundings }));
  const reports = setInterval(() => void fleetMetrics.refresh(), REPORT_EVERY_MS);
  undo.defer(() => clearInterval(reports));
  const facts = { adminListen: admin.listen, database: db.kind, workers: fleet.wanted };
  announceReady(surroundings, logger, { listen: listen ?? '', ...facts });
  const refused = await Promise.race([aborted(stop), fleet.gaveUp]);
  logger.info('gateway.stopping');
  await undo.disposeAsync();
  logger.info('gateway.stopped');
  if (refused !== undefined) throw refused;
}

/** Opens the store, brings its schema up to date and imports what the environment declares; waits for PostgreSQL. */
async function openPrepared(
  config: GatewayConfig,
  parts: {
    readonly auditKey: AuditKey | null;
    readonly logger: Logger;
    readonly metrics: Metrics;
    readonly admin: AdminListener;
    readonly stop: AbortSignal;
  },
): Promise<Database> {
  const { auditKey, logger } = parts;
  const { databaseUrl, dataDir } = config.store;
  // Only their public halves are needed here: each worker signs for itself.
  await using signers = await openFeedbackSigners(config.feedback);
  return awaitStore({ config, ...parts }, async () => {
    const db = await openDatabase({ databaseUrl, dataDir, role: 'serve', logger, poolSize: CONNECTIONS });
    try {
      const clock = { now: () => Date.now() };
      const ownKeys = [...signers.keys, ...(auditKey === null ? [] : [auditKey.declared])];
      await prepareStore(db, { config, ownKeys, logger, clock });
      return db;
    } catch (fault) {
      await db.close();
      throw fault;
    }
  });
}

/**
 * Round robin: the primary accepts and hands each connection to the next worker. Connections live long here, so that
 * what counts is how evenly they lie: of 256 among four workers the fullest had 64 to 68; where the workers accept for
 * themselves (SCHED_NONE) it had 68 to 83. Its price is paid once a connection and never by a request; what it costs
 * when a worker is killed, see worker-link.ts.
 */
function forkAsWorkers(): void {
  cluster.schedulingPolicy = cluster.SCHED_RR;
  const program = import.meta.url.endsWith('.ts') ? './worker-process.ts' : './worker-process.js';
  cluster.setupPrimary({ exec: fileURLToPath(new URL(program, import.meta.url)), args: [] });
}

/** SIGHUP and changed files reach all workers; SIGUSR2 replaces them. */
function obeySignals(parts: {
  readonly started: GatewayConfig;
  readonly fleet: Fleet;
  readonly db: Database;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly surroundings: ServeSurroundings;
}): Disposable {
  const { started, fleet, logger, metrics, surroundings } = parts;
  const { environment } = surroundings;
  let loaded = started;
  const give = async (next: Reloadable): Promise<{ readonly workers: number }> => {
    loaded = { ...loaded, tls: next.tls, feedback: { ...loaded.feedback, rules: next.rules } };
    fleet.reconfigure(shareOfWorker(loaded));
    const { taken, of } = await fleet.reload(next);
    if (taken < of) logger.warn('reload.incomplete', { workers: taken, of });
    return { workers: taken };
  };
  const reloads = followReloads({ ...parts, environment, config: started, give });
  const roll = async (): Promise<void> => {
    const read = await readReload(environment, logger, metrics);
    if (read === null) return;
    // Addresses, database, audit key and number of workers are the primary's own, and it is not restarted.
    const { listen, adminListen, store, audit, workers } = started;
    loaded = { ...read, listen, adminListen, store, audit, workers };
    fleet.reconfigure(shareOfWorker(loaded));
    reloads.adopt({ tls: loaded.tls, rules: loaded.feedback.rules });
    logger.info('workers.rolling');
    const done = await fleet.roll();
    if (done) logger.info('workers.rolled');
    else logger.error('workers.roll_ended', { reason: 'another is under way, or a worker did not start' });
  };
  surroundings.onSignal?.('SIGHUP', () => reloads.onSignal());
  surroundings.onSignal?.('SIGUSR2', () => {
    roll().catch((fault: unknown) => logger.error('workers.roll_failed', describeFault(fault)));
  });
  return reloads;
}

/** Port 0 becomes a number once, so that a worker which is started later has the same one. Proves that it is free. */
async function findPort(address: ListenAddress): Promise<ListenAddress> {
  const probe = createServer();
  const bound = await bind(probe, address);
  const closed = deferred();
  probe.close(() => closed.resolve());
  await closed.promise;
  return { host: address.host, port: Number(bound.slice(bound.lastIndexOf(':') + 1)) };
}
