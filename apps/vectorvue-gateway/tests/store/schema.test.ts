import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { describeSchema } from '../../src/store/describe-schema.ts';
import { forEachStore, rowsOf } from './stores.ts';

forEachStore('the schema', (store) => {
  test('is the one that is committed (node tests/store/dump-schema.ts writes it anew)', async () => {
    const committed = readFileSync(
      join(import.meta.dirname, '..', '..', 'src', 'store', 'schema.txt'),
      'utf8',
    );
    expect((await describeSchema(store().db)).split('\n')).toEqual(committed.split('\n'));
  });

  test('every table that has a tenant begins its key with it, and readers are held to their rows', async () => {
    const rows = await rowsOf<{ table: string; first: string; rls: boolean }>(
      store().db,
      `SELECT c.relname::text AS table, c.relrowsecurity AS rls,
              (SELECT a.attname::text FROM pg_index i JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
                WHERE i.indrelid = c.oid AND i.indisprimary) AS first
         FROM pg_class c WHERE c.relnamespace = 'federation'::regnamespace AND c.relkind = 'r'
          AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id')
        ORDER BY 1`,
    );
    expect(rows.filter((row) => !row.rls)).toEqual([]);
    // The log is one sequence for all; the others say whose a tenant is.
    const exceptions = ['audit_log', 'operator_tenants', 'tenant_readers'];
    expect(rows.filter((row) => row.first !== 'tenant_id').map((row) => row.table)).toEqual(exceptions);
  });
});
