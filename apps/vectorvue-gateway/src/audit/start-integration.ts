import type { AuditKey } from '../accept/open-audit-key.ts';
import { StartRefused } from '../accept/start-refused.ts';
import type { StoreSettings } from '../config/gateway-config.ts';
import { EXIT_CONFIG } from '../config.ts';
import type { Logger } from '../logging.ts';
import type { Database } from '../store/database.ts';
import { openDatabase } from '../store/open-database.ts';
import { LAST_CHECKPOINT } from '../store/sql/integrate-audit.ts';
import { createIntegrator } from './integrate.ts';
import { createIntegrationJob } from './integration-job.ts';

export interface RunningIntegration extends AsyncDisposable {
  /** Something was committed in this process. */
  wake(): void;
}

/**
 * Starts the integration of the audit log. On PostgreSQL on a connection of its own; the embedded database has but one.
 * Throws StartRefused where the log had another name before: under another one every checkpoint that somebody kept
 * would be of a stranger's log.
 */
export async function startIntegration(
  store: Database,
  auditKey: AuditKey,
  parts: {
    readonly config: { readonly store: StoreSettings };
    readonly logger: Logger;
    readonly clock: { now(): number };
  },
): Promise<RunningIntegration> {
  const { logger, clock } = parts;
  const { origin, signer } = auditKey;
  const [last] = await store.query<{ origin: string }>(LAST_CHECKPOINT);
  if (last !== undefined && last.origin !== origin) {
    throw new StartRefused(
      `VV_TG_AUDIT_LOG_ORIGIN must stay ${last.origin}, the name under which this log was signed before`,
      EXIT_CONFIG,
    );
  }
  await using undo = new AsyncDisposableStack();
  let db = store;
  if (store.kind === 'postgres') {
    const { databaseUrl, dataDir } = parts.config.store;
    db = await openDatabase({ databaseUrl, dataDir, role: 'serve', logger, poolSize: 1 });
    undo.defer(() => db.close());
  }
  const integrator = createIntegrator({ db, origin, signer, now: () => clock.now() });
  const job = createIntegrationJob(integrator, { logger });
  job.start();
  undo.defer(() => job.stop());
  const held = undo.move();
  return { wake: () => job.wake(), [Symbol.asyncDispose]: () => held.disposeAsync() };
}
