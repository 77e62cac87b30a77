/** `doctor` beside a gateway that runs, in one world that is broken in one way after another. */
import { chmodSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { freePort, type PostgresServer, startPostgres } from '@nyxera/federation-testing';
import { startAdmin } from '../../src/admin-app.ts';
import { commandSocketPath } from '../../src/cli/command-socket.ts';
import { judgeDestination } from '../../src/cli/local/check-forwarding.ts';
import { readLimits } from '../../src/config/limits.ts';
import { readProxyProtocolFrom } from '../../src/config/proxy-settings.ts';
import { Settings } from '../../src/config/settings.ts';
import { readTlsSettings } from '../../src/config/tls-settings.ts';
import { createLogger } from '../../src/logging.ts';
import { createMetrics } from '../../src/metrics.ts';
import { createMtlsServer } from '../../src/mtls-server.ts';
import { migrate } from '../../src/store/migrate.ts';
import { MIGRATIONS } from '../../src/store/migrations/index.ts';
import { openDatabase } from '../../src/store/open-database.ts';
import { requireProxyHeader } from '../../src/tls/require-proxy-header.ts';
import { runCommand } from '../cli/run-command.ts';
import { until } from '../forward/run-forwarder.ts';
import { createFederation, type Federation } from '../support/federation.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';

let federation: Federation;
let postgres: PostgresServer;
let gateway: TestGateway;
/** Of the gateway that runs. */
let running: Record<string, string>;
const servers: Server[] = [];

beforeAll(async () => {
  federation = await createFederation();
  postgres = await startPostgres({ fast: true });
  const forward = join(federation.directory, 'forward.yaml');
  // Nobody listens there: what is forwarded fails.
  const url = `http://127.0.0.1:${await freePort()}/`;
  writeFileSync(forward, `version: 1\ndestinations: [{ name: siem, type: http, url: "${url}" }]\n`, {
    mode: 0o600,
  });
  running = {
    ...federation.environment,
    VV_TG_LISTEN: `127.0.0.1:${await freePort()}`,
    VV_TG_ADMIN_LISTEN: `127.0.0.1:${await freePort()}`,
    VV_TG_FORWARD_FILE: forward,
  };
  gateway = await startTestGateway(federation, running);
});
afterAll(async () => {
  await gateway?.close();
  for (const server of servers) server.close();
  await postgres?.stop();
  federation.remove();
});

interface Check {
  readonly name: string;
  readonly status: string;
  readonly found: string;
  readonly advice: string;
}

const is = (name: string, status: string, found: string): Check => ({
  name,
  status,
  found: expect.stringContaining(found) as unknown as string,
  advice: ['ok', 'skipped'].includes(status) ? '' : (expect.stringMatching(/\w/) as unknown as string),
});

async function examine(
  more: Readonly<Record<string, string>> = {},
  now: () => number = Date.now,
): Promise<readonly Check[]> {
  const { exitCode, json } = await runCommand({ ...running, ...more }, ['doctor', '--json'], { now });
  const checks: readonly Check[] = json.checks;
  // What is wrong decides the exit code, and whatever is wrong says what to do.
  expect(exitCode).toBe(checks.some(({ status }) => status === 'fault') ? 1 : 0);
  for (const { name, status, advice } of checks) {
    expect([name, advice === '']).toEqual([name, ['ok', 'skipped'].includes(status)]);
  }
  return checks;
}

async function listening(server: Server): Promise<string> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('the listeners of a gateway that runs: up, with the certificate of the file, and ready', async () => {
  const found = await examine();
  expect(found).toContainEqual(
    is('federation listener', 'ok', 'presents the certificate of the file, TLSv1.3'),
  );
  expect(found).toContainEqual(is('administration listener', 'ok', 'ready'));
  expect(found).toContainEqual(is('certificate pin', 'ok', federation.server.sha256));
  expect(found).toContainEqual(is('data directory lock', 'ok', 'held by a running process'));
  // One handshake without a certificate, which the gateway saw, and no request.
  await until(() => gateway.lines().some(({ message }) => message === 'tls.handshake_failed'));
});

test('another certificate than that of the file, a listener that is none of ours, none at all', async () => {
  const next = await federation.pki.issue({ name: 'next', dns: ['localhost'], server: true });
  const renewed = {
    VV_SERVICE_IDENTITY_CERT_PATH: next.certPath,
    VV_SERVICE_IDENTITY_KEY_PATH: next.keyPath,
  };
  expect(await examine(renewed)).toContainEqual(
    is('federation listener', 'fault', `${federation.server.sha256}, the file has ${next.sha256}`),
  );
  const stranger = await listening(createServer((_request, response) => response.end('{"status":"fine"}')));
  const strange = await examine({ VV_TG_LISTEN: stranger, VV_TG_ADMIN_LISTEN: stranger });
  expect(strange).toContainEqual(is('federation listener', 'fault', 'does not finish a handshake'));
  expect(strange).toContainEqual(is('administration listener', 'fault', 'is no gateway'));
  const nowhere = `127.0.0.1:${await freePort()}`;
  expect(await examine({ VV_TG_ADMIN_LISTEN: nowhere })).toContainEqual(
    is('administration listener', 'warning', 'but a gateway serves'),
  );
  const stopped = await examine({ VV_TG_LISTEN: nowhere, VV_TG_ADMIN_LISTEN: nowhere });
  expect(stopped).toContainEqual(is('federation listener', 'skipped', 'no gateway runs there'));
  expect(stopped).toContainEqual(is('administration listener', 'skipped', 'no gateway runs there'));
  // The port of a federation listener speaks no HTTP.
  expect(await examine({ VV_TG_ADMIN_LISTEN: running.VV_TG_LISTEN ?? '' })).toContainEqual(
    expect.objectContaining({ name: 'administration listener', status: 'fault' }),
  );
});

test('a gateway that is not ready says why', async () => {
  const admin = await startAdmin({ host: '127.0.0.1', port: 0 }, createMetrics());
  expect(await examine({ VV_TG_ADMIN_LISTEN: admin.listen })).toContainEqual(
    is('administration listener', 'fault', 'not ready: starting'),
  );
  await admin.close();
});

test('behind a balancer that is this machine the handshake begins with a PROXY header, elsewhere it must not', async () => {
  const behind = { VV_TG_PROXY_PROTOCOL_FROM: '127.0.0.0/8' };
  const tls = await readTlsSettings(new Settings(running), Date.now());
  const server = createMtlsServer(tls, readLimits(new Settings({}), 1));
  server.on('tlsClientError', (_fault, socket) => socket.destroy());
  const from = readProxyProtocolFrom(new Settings(behind));
  requireProxyHeader(server, { from, timeoutMs: 2000, onFault: () => undefined });
  const listen = { VV_TG_LISTEN: await listening(server) };
  expect(await examine({ ...listen, ...behind })).toContainEqual(is('federation listener', 'ok', 'TLSv1.3'));
  expect(await examine(listen)).toContainEqual(is('federation listener', 'fault', 'does not finish'));
  expect(await examine(behind)).toContainEqual(is('federation listener', 'fault', 'does not finish'));
});

test('a destination that fails, one that was never forwarded to, one that is behind', async () => {
  let found: readonly Check[] = [];
  await until(async () => {
    found = await examine();
    return found.some(({ name, status }) => name === 'forwarding siem' && status === 'fault');
  });
  expect(found).toContainEqual(is('forwarding siem', 'fault', 'fails since'));
  const other = join(federation.directory, 'other.yaml');
  writeFileSync(other, 'version: 1\ndestinations: [{ name: new, type: file, path: /nowhere/new.jsonl }]\n', {
    mode: 0o600,
  });
  expect(await examine({ VV_TG_FORWARD_FILE: other })).toContainEqual(
    is('forwarding new', 'warning', 'nothing was forwarded yet'),
  );
  const row = {
    destination: 'siem',
    lag_entries: 9,
    failing_since: null,
    error_code: null,
    error_detail: null,
  };
  expect(judgeDestination('siem', { ...row, lag_seconds: 3601 })).toMatchObject({ status: 'warning' });
  expect(judgeDestination('siem', { ...row, lag_seconds: 3600 })).toMatchObject({ status: 'ok' });
});

test('files that others may exchange, and a command socket that others may open', async () => {
  const directory = join(federation.directory, 'pki');
  chmodSync(federation.pki.caCertPath, 0o666);
  chmodSync(directory, 0o770);
  const socket = commandSocketPath(running.VV_TG_DATA_DIR ?? '');
  chmodSync(socket, 0o666);
  const found = await examine();
  expect(found).toContainEqual(is('files', 'fault', `every user may write ${federation.pki.caCertPath}`));
  expect(found).toContainEqual(is('files', 'warning', `a group may write ${directory}`));
  expect(found).toContainEqual(is('command socket', 'fault', 'others may open it'));
  expect(found).toContainEqual(is('database', 'fault', 'socket_unsafe'));
  chmodSync(federation.pki.caCertPath, 0o644);
  chmodSync(directory, 0o700);
  chmodSync(socket, 0o600);
  expect(await examine()).toContainEqual(is('files', 'ok', 'changed by the owner only'));
});

test('PostgreSQL: a schema that lags, a clock that does not agree, a database that is away', async () => {
  const databaseUrl = await postgres.createDatabase();
  const environment = { DATABASE_URL: databaseUrl, VV_TG_FORWARD_FILE: '' };
  const logger = createLogger('error');
  const db = await openDatabase({ databaseUrl, dataDir: federation.directory, role: 'migrate', logger });
  await migrate(db, { migrations: MIGRATIONS.slice(0, -1) });
  expect(await examine(environment)).toContainEqual(
    is('migrations', 'fault', `${MIGRATIONS.length - 1} of ${MIGRATIONS.length}`),
  );
  await migrate(db);
  await db.close();
  const ahead = await examine(environment, () => Date.now() + 6000);
  expect(ahead).toContainEqual(is('migrations', 'ok', `${MIGRATIONS.length} of ${MIGRATIONS.length}`));
  expect(ahead).toContainEqual(is('clock', 'fault', 'between this process and the database'));
  const away = { ...environment, DATABASE_URL: `postgresql://nobody@127.0.0.1:${await freePort()}/none` };
  expect(await examine(away)).toContainEqual(is('database', 'fault', 'unavailable'));
});
