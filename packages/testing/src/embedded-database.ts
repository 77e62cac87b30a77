import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { templatesFolder } from './config.ts';
import { fromTemplate } from './run-templates.ts';

/**
 * In a run of the whole suite, gives a gateway's data directory an embedded database that is initialised and empty, as
 * the gateway itself makes it at its first start; one that is there stays. For tests of something else: initialising
 * takes seconds. In a test file that is run by itself nothing is prepared, and the gateway makes its own.
 *
 * @param migrate opens the data directory's database, brings its schema to what the gateway knows, and closes it: once
 *   in a run, because that takes seconds too. Without it the database has no schema.
 */
export async function prepareEmbedded(
  dataDir: string,
  migrate?: (dataDir: string) => Promise<void>,
): Promise<void> {
  const directory = join(dataDir, 'embedded');
  const pgdata = join(directory, 'pgdata');
  if (templatesFolder() === null || existsSync(pgdata)) return;
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  if (migrate === undefined) return fromTemplate('embedded', pgdata, initialise);
  await fromTemplate('embedded-migrated', pgdata, async () => {
    await fromTemplate('embedded', pgdata, initialise);
    await migrate(dataDir);
  });
}

async function initialise(pgdata: string): Promise<void> {
  // Loaded here: whoever prepares nothing needs no database in this process.
  const { PGlite } = await import('@electric-sql/pglite');
  await (await PGlite.create({ dataDir: pgdata })).close();
}
