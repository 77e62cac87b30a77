import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { templatesFolder } from './config.ts';
import { fromTemplate } from './run-templates.ts';

/**
 * In a run of the whole suite, gives a gateway's data directory an embedded database that is initialised and empty, as
 * the gateway itself makes it at its first start; one that is there stays. For tests of something else: initialising
 * takes seconds. In a test file that is run by itself nothing is prepared, and the gateway makes its own.
 */
export async function prepareEmbedded(dataDir: string): Promise<void> {
  const directory = join(dataDir, 'embedded');
  if (templatesFolder() === null || existsSync(join(directory, 'pgdata'))) return;
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  await fromTemplate('embedded', join(directory, 'pgdata'), async (pgdata) => {
    // Loaded here: whoever prepares nothing needs no database in this process.
    const { PGlite } = await import('@electric-sql/pglite');
    await (await PGlite.create({ dataDir: pgdata })).close();
  });
}
