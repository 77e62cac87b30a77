import { afterAll, beforeAll, describe } from '@jest/globals';
import { startPostgres, temporaryDirectory } from '@nyxera/federation-testing';
import type { Database } from '../../src/store/database.ts';
import { migrate } from '../../src/store/migrate.ts';
import { openDatabase } from '../../src/store/open-database.ts';
import { prepareMigrated } from '../support/prepare-migrated.ts';

export const SILENT = { warn: () => undefined, error: () => undefined };

/** A migrated database, and the variables under which a command line finds it. */
export interface TestStore {
  readonly db: Database;
  readonly environment: Readonly<Record<string, string>>;
  readonly dataDir: string;
}

/** Runs the same tests on PostgreSQL and on the embedded database; each gets one database of its own. */
export function describeStores(
  name: string,
  tests: (store: () => TestStore, kind: 'postgres' | 'embedded') => void,
): void {
  for (const kind of ['postgres', 'embedded'] as const) {
    describe(`${name} on ${kind}`, () => {
      let store: TestStore | null = null;
      const endings: (() => Promise<void> | void)[] = [];

      beforeAll(async () => {
        const directory = temporaryDirectory('trust');
        endings.push(() => directory.remove());
        let databaseUrl: string | null = null;
        if (kind === 'postgres') {
          const server = await startPostgres({ fast: true });
          endings.unshift(() => server.stop());
          databaseUrl = await server.createDatabase();
        }
        const dataDir = directory.path;
        if (databaseUrl === null) await prepareMigrated(dataDir);
        const db = await openDatabase({ databaseUrl, dataDir, role: 'serve', logger: SILENT });
        endings.unshift(() => db.close());
        await migrate(db);
        const environment = {
          ...(databaseUrl === null ? {} : { DATABASE_URL: databaseUrl }),
          VV_TG_DATA_DIR: dataDir,
        };
        store = { db, environment, dataDir };
      });

      afterAll(async () => {
        for (const end of endings) await end();
      });

      tests(() => {
        if (store === null) throw new Error('the store is not open');
        return store;
      }, kind);
    });
  }
}
