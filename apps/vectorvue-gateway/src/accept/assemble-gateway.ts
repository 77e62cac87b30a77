import { type AdminListener, startAdmin } from '../admin-app.ts';
import { createLogReader } from '../audit/log-reader.ts';
import type { GatewayConfig } from '../config/gateway-config.ts';
import { mountConsole } from '../console/mount-console.ts';
import { createFeedbackSigning } from '../feedback/feedback-signing.ts';
import type { Logger } from '../logging.ts';
import { createMetrics, type Metrics } from '../metrics.ts';
import { countItemConflicts } from '../security/count-conflicts.ts';
import { type RunningGateway, startGateway } from '../serve.ts';
import type { Database } from '../store/database.ts';
import { createVerifier } from '../verify/signature-verifier.ts';
import type { Clock } from './gateway.ts';
import { openAuditKey } from './open-audit-key.ts';
import { openFeedbackSigners, openForFeedback } from './open-feedback-signers.ts';
import { openStore } from './open-store.ts';
import { watchReadiness } from './readiness.ts';
import { refuseToListen } from './start-refused.ts';

export interface AssembledGateway extends RunningGateway {
  readonly db: Database;
  readonly metrics: Metrics;
  /** Like `close` of the running gateway, and then signers and store, in the opposite order of their opening. */
  close(): Promise<void>;
}

export interface AssemblyParts {
  readonly logger: Logger;
  readonly clock: Clock;
  /** Aborted when the start itself should be given up. */
  readonly stop: AbortSignal;
  /** Of a worker: its way to the primary, which has the administration listener. Absent: this process is the gateway. */
  readonly primary?: AdminListener;
}

/** A whole gateway out of its configuration: administration listener, signers, store, trust, federation listener. */
export async function assembleGateway(
  config: GatewayConfig,
  parts: AssemblyParts,
): Promise<AssembledGateway> {
  const { logger, clock, stop, primary } = parts;
  const role = primary === undefined ? 'whole' : 'worker';
  const metrics = createMetrics();
  await using undo = new AsyncDisposableStack();

  const admin =
    primary ??
    (await startAdmin(config.adminListen, metrics, config.console).catch(
      refuseToListen('VV_TG_ADMIN_LISTEN'),
    ));
  undo.defer(() => admin.close());
  const signers = undo.use(await openFeedbackSigners(config.feedback));
  const signing = undo.use(
    createFeedbackSigning({ configured: signers.active, open: openForFeedback, logger }),
  );
  const { audit } = config;
  // Workers know what the log is called; the key is used in one process.
  const auditKey = audit === null || role === 'worker' ? null : undo.use(await openAuditKey(audit));
  const ownKeys = [...signers.keys, ...(auditKey === null ? [] : [auditKey.declared])];
  const store = undo.use(
    await openStore({
      config,
      role,
      ownKeys,
      auditKey,
      logger,
      clock,
      stop,
      admin,
      metrics,
      onTrust: (snapshot) => void signing.follow(snapshot, clock.now()),
    }),
  );
  const { db, trust } = store;
  const verifier = createVerifier(config.verifyThreads, logger);
  undo.defer(() => verifier.close());
  const readiness = await watchReadiness({ db, trust, signing, clock, onAway: store.refuseWaiting });
  undo.defer(() => readiness.close());

  const auditLog = audit === null ? null : { origin: audit.origin, reader: createLogReader(db) };
  if (role === 'whole') {
    const log = auditLog?.reader ?? null;
    undo.use(mountConsole({ config, db, log, admin, clock, logger }));
  }
  const commit = countItemConflicts(store.commit, (count) => metrics.securityEvents('event_conflict', count));
  const running = await startGateway(config, {
    ...store,
    auditLog,
    verifier,
    commit,
    rules: config.feedback.rules,
    signing,
    readiness,
    metrics,
    logger,
    clock,
    admin,
  }).catch(refuseToListen('VV_TG_LISTEN'));
  undo.defer(() => running.close());
  const held = undo.move();
  return { ...running, db, metrics, close: () => held.disposeAsync() };
}
