import type { AdminListener } from '../admin-app.ts';
import type { GatewayConfig } from '../config/gateway-config.ts';
import { EXIT_CONFIG } from '../config.ts';
import type { Logger } from '../logging.ts';
import { StoreError } from '../store/store-error.ts';
import { deferred } from './deferred.ts';
import { StartRefused } from './start-refused.ts';

const RETRY_INTERVAL_MS = 2000;

export interface AwaitStoreParts {
  readonly config: Pick<GatewayConfig, 'store'>;
  readonly logger: Logger;
  readonly admin: Pick<AdminListener, 'reportReadiness'>;
  readonly stop: AbortSignal;
}

/**
 * Tries to open until it succeeds. A PostgreSQL that is not there yet is waited for, and `/readyz` says so; what
 * waiting cannot mend (another process on the embedded directory, a changed migration, a missing privilege) is
 * refused by name.
 */
export async function awaitStore<Opened>(
  parts: AwaitStoreParts,
  open: () => Promise<Opened>,
): Promise<Opened> {
  for (;;) {
    try {
      return await open();
    } catch (fault) {
      const reason = reasonToWait(fault, parts.config);
      if (reason === null) {
        throw fault instanceof StoreError ? new StartRefused(fault.message, exitCodeOf(fault)) : fault;
      }
      // The store's own message names the cause (refused login, no such host) and never a password.
      parts.logger.warn('store.waiting', { reason, cause: fault instanceof Error ? fault.message : null });
      parts.admin.reportReadiness(async () => [`store: ${reason}`]);
    }
    await pause(RETRY_INTERVAL_MS, parts.stop);
  }
}

function reasonToWait(fault: unknown, config: AwaitStoreParts['config']): string | null {
  if (!(fault instanceof StoreError) || config.store.databaseUrl === null) return null;
  if (fault.code === 'unavailable' || fault.code === 'connection_lost') return 'the database does not answer';
  // With migrations left to somebody else, their coming is what is waited for.
  if (config.store.autoMigrate) return null;
  if (fault.code === 'schema_older') return fault.message;
  const awaited = fault.code === 'schema_missing' || fault.code === 'role_missing';
  return awaited ? 'the schema is missing: run vectorvue-gateway migrate' : null;
}

/** A program that is too old for its database is a wrong installation, not a failure that a restart could mend. */
function exitCodeOf(fault: StoreError): number {
  return fault.code === 'schema_newer' ? EXIT_CONFIG : 1;
}

async function pause(milliseconds: number, stop: AbortSignal): Promise<void> {
  const { promise, resolve } = deferred();
  const timer = setTimeout(resolve, milliseconds);
  stop.addEventListener('abort', () => resolve(), { once: true });
  await promise;
  clearTimeout(timer);
  stop.throwIfAborted();
}
