import { expect, test } from '@jest/globals';
import { temporaryDirectory } from '@nyxera/federation-testing';
import type { Statement } from '../../src/store/database.ts';
import { openDatabase } from '../../src/store/open-database.ts';
import { keepingLogger } from './stores.ts';

const STATEMENT: Statement = { name: 'one', text: 'SELECT 1::int AS one' };
const STATEMENTS = 10;

test('between two statements of the embedded database the event loop has its turn', async () => {
  const directory = temporaryDirectory('turns');
  const logger = keepingLogger();
  const db = await openDatabase({ databaseUrl: null, dataDir: directory.path, role: 'migrate', logger });
  let turns = 0;
  let immediate = setImmediate(function count() {
    turns += 1;
    immediate = setImmediate(count);
  });
  try {
    // What flushes in a row would keep waiting: sockets, timers.
    const seen: number[] = [];
    const ask = () => db.query(STATEMENT).then(() => seen.push(turns));
    await Promise.all(Array.from({ length: STATEMENTS }, ask));
    expect(new Set(seen).size).toBe(STATEMENTS);
  } finally {
    clearImmediate(immediate);
    await db.close();
    directory.remove();
  }
}, 60_000);
