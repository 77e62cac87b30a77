/** `migrate --plan` as it is typed, and the start of a gateway on a schema of the release after it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { serveCommand } from '../../src/serve-command.ts';
import { migrate, migrationLabel } from '../../src/store/migrate.ts';
import { MIGRATIONS } from '../../src/store/migrations/index.ts';
import type { Migration } from '../../src/store/migrations/migration.ts';
import { openDatabase } from '../../src/store/open-database.ts';
import { createFederation, type Federation } from '../support/federation.ts';
import { SILENT } from '../trust/stores.ts';
import { runCommand } from './run-command.ts';

let federation: Federation;
let environment: Readonly<Record<string, string>>;

beforeAll(async () => {
  federation = await createFederation();
  environment = { VV_TG_DATA_DIR: join(federation.directory, 'planned') };
});
afterAll(() => federation?.remove());

test('a plan makes no database; a migration follows it; then there is nothing to do', async () => {
  const plan = await runCommand(environment, ['migrate', '--plan', '--json']);
  expect([plan.exitCode, plan.json.pending.length]).toEqual([0, MIGRATIONS.length]);
  expect(plan.json.pending[0]).toEqual({
    migration: '0001-roles',
    state: 'new',
    plan: MIGRATIONS[0]?.plan,
    oldest_program: 1,
  });
  expect(existsSync(join(environment.VV_TG_DATA_DIR ?? '', 'embedded'))).toBe(false);
  expect((await runCommand(environment, ['migrate', '--plan'])).stdout).toContain(
    'none that does not know it',
  );
  expect((await runCommand(environment, ['migrate', '--json'])).exitCode).toBe(0);
  const after = await runCommand(environment, ['migrate', '--plan', '--json']);
  expect(after).toMatchObject({ exitCode: 0, json: { ok: true, pending: [], newer: [], refusal: null } });
});

test('on the schema of a later release a gateway starts where that says that it may, and not where it does not', async () => {
  const dataDir = environment.VV_TG_DATA_DIR ?? '';
  const after = (steps: number, name: string, oldestProgram?: number): Migration => ({
    id: MIGRATIONS.length + steps,
    name,
    plan: 'For a test.',
    as: 'migrate',
    sql: `CREATE TABLE later_${steps} (a int)`,
    ...(oldestProgram === undefined ? {} : { oldestProgram }),
  });
  const start = async (...newer: readonly Migration[]) => {
    const db = await openDatabase({ databaseUrl: null, dataDir, role: 'migrate', logger: SILENT });
    await migrate(db, { migrations: [...MIGRATIONS, ...newer] });
    await db.close();
    const stop = new AbortController();
    let stderr = '';
    let ready = false;
    const exitCode = await serveCommand({
      environment: { ...federation.environment, VV_TG_DATA_DIR: dataDir, VV_TG_LOG_LEVEL: 'error' },
      stdout: (text) => {
        ready ||= text.includes('gateway.ready');
        stop.abort();
      },
      stderr: (text) => {
        stderr += text;
      },
      stop: stop.signal,
    });
    return { exitCode, ready, stderr };
  };
  const beside = after(1, 'from-tomorrow', MIGRATIONS.length);
  expect(await start(beside)).toMatchObject({ exitCode: 0, ready: true });

  const refused = await start(beside, after(2, 'from-next-year'));
  expect(refused).toMatchObject({ exitCode: 78, ready: false });
  expect(refused.stderr).toContain(migrationLabel(after(2, 'from-next-year')));
  // Nor does a command touch it.
  const command = await runCommand(environment, ['tenant', 'list', '--json']);
  expect([command.exitCode, command.json.error.code]).toEqual([1, 'schema_newer']);
});
