import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type PostgresServer, startPostgres } from '@nyxera/federation-testing/postgres';
import pg from 'pg';
import { binaryArray, type ColumnType } from '../src/binary-array.ts';

let postgres: PostgresServer;
let client: pg.Client;

beforeAll(async () => {
  postgres = await startPostgres({ fast: true });
  client = new pg.Client({ connectionString: postgres.url() });
  await client.connect();
}, 60_000);
afterAll(async () => {
  await client.end();
  await postgres.stop();
});

// What the server reads must be what was meant: a form that is cheap because it is wrong would measure nothing.
test.each<[ColumnType, readonly unknown[], readonly string[]]>([
  ['text', ['', 'a,"b\\c{}', 'é', 'NULL', null], ['', 'a,"b\\c{}', 'é', 'NULL', '(null)']],
  ['int', [-1, 0, 2_147_483_647, null], ['-1', '0', '2147483647', '(null)']],
  ['bigint', [1_795_000_000_000, null], ['1795000000000', '(null)']],
  ['boolean', [true, false, undefined], ['true', 'false', '(null)']],
  ['uuid', ['01234567-89ab-7cde-8123-456789abcdef'], ['01234567-89ab-7cde-8123-456789abcdef']],
  ['bytea', [Buffer.from([0, 255]), Buffer.alloc(0)], ['\\x00ff', '\\x']],
  ['timestamptz', ['2026-11-23T12:00:00.125Z'], ['2026-11-23 12:00:00.125+00']],
  ['text', [], []],
])('a binary array of %s arrives as what it was', async (type, values, expected) => {
  await client.query("SET timezone = 'UTC'");
  const text = `SELECT coalesce(value::text, '(null)') AS value FROM unnest($1::${type}[]) AS value`;
  const { rows } = await client.query<{ value: string }>(text, [binaryArray(type, values)]);
  expect(rows.map((row) => row.value)).toEqual(expected);
});
