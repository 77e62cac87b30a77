import { prepareEmbedded } from '@nyxera/federation-testing';
import { migrate } from '../../src/store/migrate.ts';
import { openDatabase } from '../../src/store/open-database.ts';

const SILENT = { warn: () => undefined, error: () => undefined };

/** `prepareEmbedded` with the schema of this gateway. Not for tests of migrations, which bring it there themselves. */
export function prepareMigrated(dataDir: string): Promise<void> {
  return prepareEmbedded(dataDir, async (directory) => {
    const db = await openDatabase({
      databaseUrl: null,
      dataDir: directory,
      role: 'migrate',
      logger: SILENT,
    });
    try {
      await migrate(db);
    } finally {
      await db.close();
    }
  });
}
