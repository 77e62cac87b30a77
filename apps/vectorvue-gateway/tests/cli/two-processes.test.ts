import { spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  type PostgresServer,
  startPostgres,
  type TemporaryDirectory,
  temporaryDirectory,
} from '@nyxera/federation-testing';
import { commandSocketPath, startCommandSocket } from '../../src/cli/command-socket.ts';
import { migrate } from '../../src/store/migrate.ts';
import { openDatabase } from '../../src/store/open-database.ts';
import { openTrustCache } from '../../src/trust/trust-cache.ts';
import { makeKey, makePin, TENANT_A } from '../trust/make-keys.ts';
import { SILENT } from '../trust/stores.ts';
import { runCommand } from './run-command.ts';

const MAIN = new URL('../../src/main.ts', import.meta.url).href;
const PROGRAM = `const { runCli } = await import(${JSON.stringify(MAIN)}); process.exitCode = await runCli(process.argv.slice(1));`;

interface Finished {
  readonly exitCode: number | null;
  // biome-ignore lint/suspicious/noExplicitAny: documents of many shapes
  readonly json: any;
}

/** A command line in a process of its own; Node 24 runs the sources as they are. */
function inAnotherProcess(environment: Record<string, string>, ...argv: string[]): Promise<Finished> {
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', PROGRAM, '--', ...argv, '--json'],
    { env: { PATH: process.env.PATH ?? '', ...environment }, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let stdout = '';
  child.stdout.on('data', (chunk) => {
    stdout += String(chunk);
  });
  return new Promise((resolve) => {
    child.once('close', (exitCode) => {
      resolve({ exitCode, json: JSON.parse(stdout.trimEnd().split('\n').at(-1) || 'null') });
    });
  });
}

describe('two processes', () => {
  let directory: TemporaryDirectory;
  beforeAll(() => {
    directory = temporaryDirectory('processes');
  });
  afterAll(() => directory.remove());

  test('on one embedded directory: they take turns, and both changes are there', async () => {
    const environment = { VV_TG_DATA_DIR: `${directory.path}/turns` };
    expect(await inAnotherProcess(environment, 'migrate')).toMatchObject({ exitCode: 0 });
    const [one, other] = await Promise.all([
      inAnotherProcess(environment, 'tenant', 'map', 'one', TENANT_A),
      inAnotherProcess(environment, 'tenant', 'map', 'other', TENANT_A),
    ]);
    expect([one.exitCode, other.exitCode]).toEqual([0, 0]);
    const { json } = await runCommand(environment, ['tenant', 'list', '--json']);
    expect(json.tenants[0].operators.map((row: { operator_id: string }) => row.operator_id)).toEqual([
      'one',
      'other',
    ]);
    expect((await runCommand(environment, ['audit', 'verify', '--json'])).json).toMatchObject({
      ok: true,
      entries: 3,
    });
  });

  test('beside a running gateway: through its socket; without one: refused by name', async () => {
    const dataDir = `${directory.path}/beside`;
    const environment = { VV_TG_DATA_DIR: dataDir };
    const db = await openDatabase({ databaseUrl: null, dataDir, role: 'serve', logger: SILENT });
    try {
      await migrate(db);
      const held = await runCommand(environment, ['tenant', 'list', '--json'], { lockWaitMs: 300 });
      expect(held).toMatchObject({ exitCode: 2, json: { error: { code: 'locked' } } });
      expect(await runCommand(environment, ['migrate', '--json'])).toMatchObject({
        exitCode: 2,
        json: { error: { code: 'locked' } },
      });
      const socket = await startCommandSocket({
        path: commandSocketPath(dataDir),
        context: { db, now: () => Date.now() },
      });
      const cache = await openTrustCache(db, { now: () => Date.now(), pollIntervalMs: 3_600_000 });
      try {
        expect(await inAnotherProcess(environment, 'tenant', 'map', 'via-socket', TENANT_A)).toMatchObject({
          exitCode: 0,
        });
        await until(() => cache.current().tenantOf('via-socket') === TENANT_A);
        expect(await inAnotherProcess(environment, 'events', 'list', '--all-tenants')).toMatchObject({
          json: { events: [] },
        });
      } finally {
        await cache.close();
        await socket.close();
      }
    } finally {
      await db.close();
    }
  });
});

describe('two processes on one PostgreSQL', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres({ fast: true });
  });
  afterAll(() => server.stop());

  test('a key that another process revokes is gone here', async () => {
    const databaseUrl = await server.createDatabase();
    const environment = { DATABASE_URL: databaseUrl };
    const db = await openDatabase({ databaseUrl, dataDir: '/nonexistent', role: 'serve', logger: SILENT });
    try {
      await migrate(db);
      await runCommand(environment, ['identity', 'pin', 'peer', makePin('peer')]);
      const key = makeKey();
      await runCommand(environment, [
        'key',
        'import',
        key.key.toBase64(),
        '--identity',
        'peer',
        '--purpose',
        'telemetry',
      ]);
      const cache = await openTrustCache(db, { now: () => Date.now() });
      try {
        const trusted = () => cache.current().verifyKeys('peer', 'telemetry', Date.now()).length;
        expect(trusted()).toBe(1);
        const revoked = inAnotherProcess(environment, 'key', 'revoke', key.key.kid, '--reason', 'leak');
        await until(() => trusted() === 0);
        expect(await revoked).toMatchObject({ exitCode: 0, json: { keys: [{ state: 'revoked' }] } });
      } finally {
        await cache.close();
      }
    } finally {
      await db.close();
    }
  });

  test('an auditor whose login may only read sees what row-level security shows, and changes nothing', async () => {
    const databaseUrl = await server.createDatabase();
    const db = await openDatabase({ databaseUrl, dataDir: '/nonexistent', role: 'serve', logger: SILENT });
    try {
      await migrate(db);
      await runCommand({ DATABASE_URL: databaseUrl }, ['tenant', 'map', 'op-a', TENANT_A]);
      const { withLoginSession } = await import('../../src/store/login-session.ts');
      await withLoginSession(db, (session) =>
        session.script(
          `CREATE ROLE auditor LOGIN PASSWORD 'auditor' IN ROLE vectorvue_read;
           INSERT INTO federation.tenant_readers VALUES ('auditor', '11111111-1111-4111-8111-111111111111')`,
        ),
      );
      const url = new URL(databaseUrl);
      url.username = 'auditor';
      url.password = 'auditor';
      const environment = { DATABASE_URL: url.href };
      expect(await runCommand(environment, ['tenant', 'list', '--json'])).toMatchObject({
        exitCode: 0,
        json: { tenants: [] },
      });
      expect(await runCommand(environment, ['tenant', 'unmap', 'op-a', '--json'])).toMatchObject({
        exitCode: 1,
        json: { error: { code: 'privilege_missing' } },
      });
    } finally {
      await db.close();
    }
  });
});

/** The bound is the test's own deadline: a second is promised, a loaded machine gets more. */
async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('did not come true');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
