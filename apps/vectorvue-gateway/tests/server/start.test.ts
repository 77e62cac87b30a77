import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { freePort, type PostgresServer, startPostgres } from '@nyxera/federation-testing';
import { deferred } from '../../src/accept/deferred.ts';
import { createLogger } from '../../src/logging.ts';
import { serveCommand } from '../../src/serve-command.ts';
import { migrate } from '../../src/store/migrate.ts';
import { openDatabase } from '../../src/store/open-database.ts';
import { createFederation, type Federation } from '../support/federation.ts';

let federation: Federation;
let postgres: PostgresServer;

beforeAll(async () => {
  federation = await createFederation();
  postgres = await startPostgres({ fast: true });
});
afterAll(async () => {
  await postgres.stop();
  federation.remove();
});

test('with migrations left to others: /readyz says what is missing, and the start goes on once it is there', async () => {
  const databaseUrl = await postgres.createDatabase();
  const admin = `127.0.0.1:${await freePort()}`;
  const controller = new AbortController();
  const ready = deferred();
  const exit = serveCommand({
    environment: {
      ...federation.environment,
      VV_TG_ADMIN_LISTEN: admin,
      DATABASE_URL: databaseUrl,
      VV_TG_AUTO_MIGRATE: '0',
      VV_TG_LOG_LEVEL: 'error',
    },
    stdout: () => ready.resolve(),
    stderr: () => undefined,
    stop: controller.signal,
  });
  const reasons = await until(async () => {
    const response = await fetch(`http://${admin}/readyz`).catch(() => null);
    const text = (await response?.text()) ?? '';
    return response?.status === 503 && text.includes('migrate') ? text : null;
  });
  expect(reasons).toMatch(/schema/);
  expect((await fetch(`http://${admin}/healthz`)).status).toBe(200);

  const logger = createLogger('error');
  const db = await openDatabase({ databaseUrl, dataDir: federation.directory, role: 'migrate', logger });
  await migrate(db);
  await db.close();
  await ready.promise;
  expect((await fetch(`http://${admin}/readyz`)).status).toBe(200);
  controller.abort();
  expect(await exit).toBe(0);
});

test('a login that PostgreSQL refuses is not waited for without a word', async () => {
  const url = new URL(postgres.url());
  url.password = 'wrong-password';
  const controller = new AbortController();
  let stderr = '';
  const admin = `127.0.0.1:${await freePort()}`;
  const exit = serveCommand({
    environment: {
      ...federation.environment,
      VV_TG_ADMIN_LISTEN: admin,
      DATABASE_URL: url.href,
      VV_TG_LOG_LEVEL: 'error',
    },
    stdout: () => undefined,
    stderr: (text) => {
      stderr += text;
    },
    stop: controller.signal,
  });
  const outcome = await Promise.race([
    exit,
    until(async () => {
      const response = await fetch(`http://${admin}/readyz`).catch(() => null);
      return response?.status === 503 && /database/.test(await response.text()) ? 'waiting' : null;
    }),
  ]);
  controller.abort();
  await exit;
  expect(['waiting', 1]).toContain(outcome);
  expect(stderr).not.toContain('wrong-password');
});

async function until<Value>(poll: () => Promise<Value | null>): Promise<Value> {
  for (let round = 0; round < 200; round += 1) {
    const value = await poll();
    if (value !== null) return value;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('it did not happen within 10 s');
}
