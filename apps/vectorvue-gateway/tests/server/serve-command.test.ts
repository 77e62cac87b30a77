import { Agent } from 'node:https';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { deferred } from '../../src/accept/deferred.ts';
import { type ServeSurroundings, serveCommand } from '../../src/serve-command.ts';
import { openSocket, readToEnd, send } from '../support/client.ts';
import { createFederation, type Federation } from '../support/federation.ts';
import { prepareMigrated } from '../support/prepare-migrated.ts';
import { telemetry } from '../support/requests.ts';

let federation: Federation;

beforeAll(async () => {
  federation = await createFederation();
});
afterAll(() => federation.remove());

interface Served {
  readonly ready: Promise<{ listen: string; adminListen: string; database: string }>;
  readonly exit: Promise<number>;
  readonly stderr: () => string;
  readonly stdout: () => string;
  stop(): void;
}

function serve(changes: Record<string, string | undefined> = {}): Served {
  const controller = new AbortController();
  const ready = deferred<{ listen: string; adminListen: string; database: string }>();
  let stdout = '';
  let stderr = '';
  const surroundings: ServeSurroundings = {
    environment: { ...federation.environment, VV_TG_LOG_LEVEL: 'error', ...changes },
    stdout: (text) => {
      stdout += text;
      ready.resolve(JSON.parse(stdout));
    },
    stderr: (text) => {
      stderr += text;
    },
    stop: controller.signal,
  };
  return {
    ready: ready.promise,
    exit: serveCommand(surroundings),
    stdout: () => stdout,
    stderr: () => stderr,
    stop: () => controller.abort(),
  };
}

test('one line when it is ready, on stdout and nothing else; 0 when it was asked to stop', async () => {
  const served = serve();
  const ready = await served.ready;
  expect(ready).toMatchObject({ event: 'gateway.ready', database: 'embedded' });
  expect(ready.listen).toMatch(/^127\.0\.0\.1:[1-9][0-9]*$/);
  expect((await send(federation, ready.listen, telemetry(federation))).status).toBe(202);
  expect((await fetch(`http://${ready.adminListen}/healthz`)).status).toBe(200);
  expect((await fetch(`http://${ready.adminListen}/readyz`)).status).toBe(200);
  served.stop();
  expect(await served.exit).toBe(0);
  expect(served.stdout().trim().split('\n')).toHaveLength(1);
});

test('SIGTERM: what is in flight is finished, idle connections are closed, nothing new is accepted', async () => {
  const served = serve();
  const { listen } = await served.ready;
  const idle = new Agent({ keepAlive: true });
  await send(federation, listen, telemetry(federation), { agent: idle });

  const valid = telemetry(federation);
  const socket = await openSocket(federation, listen);
  const received = readToEnd(socket);
  const head = [
    `POST ${valid.path} HTTP/1.1`,
    'Host: x',
    ...valid.headers.map(([name, value]) => `${name}: ${value}`),
    `Content-Length: ${valid.body.length}`,
    'Expect: 100-continue',
    '',
    '',
  ].join('\r\n');
  socket.write(head);
  const continued = deferred();
  socket.once('data', () => continued.resolve());
  await continued.promise;
  served.stop();
  await expectRefused(listen);
  socket.write(valid.body);
  const answer = await received;
  expect(answer).toMatch(/HTTP\/1\.1 202/);
  expect(answer).toMatch(/Connection: close/i);
  expect(await served.exit).toBe(0);
  idle.destroy();
});

async function expectRefused(listen: string): Promise<void> {
  // The abort is seen a moment later; until then connections are still accepted.
  for (let round = 0; round < 100; round += 1) {
    const outcome = await send(federation, listen, telemetry(federation)).catch(() => null);
    if (outcome === null) return;
  }
  throw new Error('new connections are still accepted');
}

test('a second process on the embedded directory is refused by name, and the first goes on', async () => {
  const first = serve();
  const { listen } = await first.ready;
  const second = serve();
  expect(await second.exit).toBe(1);
  expect(second.stderr()).toMatch(/another process/);
  expect((await send(federation, listen, telemetry(federation))).status).toBe(202);
  first.stop();
  expect(await first.exit).toBe(0);
});

describe('what ends the start', () => {
  test('bad configuration: 78, every variable named, nothing on stdout', async () => {
    const served = serve({ VV_TG_LISTEN: 'x', VV_TG_REQUIRE_MTLS: '0', VV_TG_NONCE_TTL_SECONDS: '10' });
    expect(await served.exit).toBe(78);
    for (const name of ['VV_TG_LISTEN', 'VV_TG_REQUIRE_MTLS', 'VV_TG_NONCE_TTL_SECONDS']) {
      expect(served.stderr()).toContain(name);
    }
    expect(served.stdout()).toBe('');
  });

  test('a taken port: 1, and the variable', async () => {
    const first = serve();
    const { adminListen } = await first.ready;
    const other = `${federation.directory}/other`;
    await prepareMigrated(other);
    const second = serve({ VV_TG_ADMIN_LISTEN: adminListen, VV_TG_DATA_DIR: other });
    expect(await second.exit).toBe(1);
    expect(second.stderr()).toMatch(/VV_TG_ADMIN_LISTEN \(EADDRINUSE\)/);
    first.stop();
    expect(await first.exit).toBe(0);
  });

  test('a database that is not there is waited for, and a stop ends the waiting with 0', async () => {
    const served = serve({ DATABASE_URL: 'postgres://nobody:secret@127.0.0.1:1/none' });
    served.stop();
    expect(await served.exit).toBe(0);
    expect(served.stderr()).not.toContain('secret');
  });
});
