import { expect, test } from '@jest/globals';
import type pg from 'pg';
import { greet } from '../../src/store/postgres-connection.ts';
import { keepingLogger } from './stores.ts';

/** No old server can be started here, so one is made up that says it is one. */
function pretending(version: string, number: number): pg.ClientBase {
  const row = { version, version_number: number, pid: 1, started_at: '1', login: 'x' };
  return { query: async () => ({ rows: [row] }) } as unknown as pg.ClientBase;
}

const options = { databaseUrl: null, dataDir: '', role: 'serve' as const, logger: keepingLogger() };

test('PostgreSQL 14 is refused by name', async () => {
  await expect(greet(pretending('14.19', 140_019), options)).rejects.toMatchObject({
    code: 'server_too_old',
    message: 'the server is PostgreSQL 14.19; version 15 or later is needed',
  });
});

test('PostgreSQL 15 is not', async () => {
  expect(await greet(pretending('15.0', 150_000), options)).toMatchObject({
    backend: { pid: 1 },
    roleSet: false,
  });
});
