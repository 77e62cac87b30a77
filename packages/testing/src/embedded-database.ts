import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { fromTemplate } from './run-templates.ts';

/**
 * Gives a gateway's data directory an embedded database that is initialised and empty, as the gateway itself makes it
 * at its first start; one that is there stays. For tests of something else: initialising takes seconds.
 */
export async function prepareEmbedded(dataDir: string): Promise<void> {
  const directory = join(dataDir, 'embedded');
  if (existsSync(join(directory, 'pgdata'))) return;
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  await fromTemplate('embedded', join(directory, 'pgdata'), async (pgdata) => {
    await (await PGlite.create({ dataDir: pgdata })).close();
  });
}
