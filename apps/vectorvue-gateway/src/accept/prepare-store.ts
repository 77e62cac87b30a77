import type { GatewayConfig } from '../config/gateway-config.ts';
import { describeFaults, EXIT_CONFIG } from '../config.ts';
import type { Logger } from '../logging.ts';
import { checkSchema } from '../store/check-schema.ts';
import type { Database } from '../store/database.ts';
import { migrate } from '../store/migrate.ts';
import { type DeclaredOwnKey, importEnvironment } from '../trust/import-environment.ts';
import type { Clock } from './gateway.ts';
import { StartRefused } from './start-refused.ts';

export interface PrepareStoreParts {
  readonly config: Pick<GatewayConfig, 'store' | 'declared'>;
  readonly ownKeys: readonly DeclaredOwnKey[];
  readonly logger: Logger;
  readonly clock: Clock;
}

/**
 * Once at each start, by one process: brings the schema up to date (or looks whether this program may run on it) and imports what the environment declares. Throws
 * StartRefused (78) where that contradicts the store, and the store's own errors.
 */
export async function prepareStore(db: Database, parts: PrepareStoreParts): Promise<void> {
  const { config, ownKeys, logger, clock } = parts;
  if (config.store.autoMigrate) {
    const { applied } = await migrate(db);
    if (applied.length > 0) logger.info('store.migrated', { applied });
  } else {
    await checkSchema(db);
  }
  const imported = await importEnvironment(db, config.declared, ownKeys, clock.now());
  if (!imported.ok) {
    throw new StartRefused(
      `the configuration contradicts the store\n${describeFaults(imported.faults)}`,
      EXIT_CONFIG,
    );
  }
  for (const warning of imported.value.warnings) logger.warn('trust.import', { warning });
}
