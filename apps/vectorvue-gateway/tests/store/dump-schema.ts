import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '@nyxera/federation-testing';
import { describeSchema } from '../../src/store/describe-schema.ts';
import { migrate } from '../../src/store/migrate.ts';
import { openDatabase } from '../../src/store/open-database.ts';

/** `node tests/store/dump-schema.ts` (Node 24): writes src/store/schema.txt from what the migrations make. */
const directory = temporaryDirectory('schema');
const db = await openDatabase({
  databaseUrl: null,
  dataDir: directory.path,
  role: 'migrate',
  logger: console,
});
await migrate(db);
writeFileSync(join(import.meta.dirname, '..', '..', 'src', 'store', 'schema.txt'), await describeSchema(db));
await db.close();
directory.remove();
