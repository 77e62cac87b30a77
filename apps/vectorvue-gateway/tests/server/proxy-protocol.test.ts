import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { type PostgresServer, startPostgres } from '@nyxera/federation-testing';
import { endpointOf, send } from '../support/client.ts';
import { createFederation, type Federation } from '../support/federation.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { type Prepared, telemetry } from '../support/requests.ts';
import { serveInProcess, until } from '../support/served-process.ts';

// It starts processes; on a machine with other work that alone takes its time.
jest.setTimeout(120_000);

let federation: Federation;
let postgres: PostgresServer;
let gateway: TestGateway;
beforeAll(async () => {
  federation = await createFederation();
  postgres = await startPostgres({ fast: true });
  gateway = await start({
    VV_TG_PROXY_PROTOCOL_FROM: '127.0.0.0/8',
    // Long enough for a handshake on a busy machine; one test waits for it.
    VV_TG_HANDSHAKE_TIMEOUT_SECONDS: '4',
    VV_TG_MAX_CONNECTIONS_PER_ADDRESS: '2',
  });
});
afterAll(async () => {
  await gateway?.close();
  await postgres.stop();
  federation.remove();
});

async function start(changes: Record<string, string>): Promise<TestGateway> {
  return startTestGateway(federation, { DATABASE_URL: await postgres.createDatabase(), ...changes });
}

function line(client: string): Buffer {
  return Buffer.from(`PROXY TCP4 ${client} 198.51.100.1 40000 443\r\n`);
}

function binary(client: readonly number[]): Buffer {
  const ends = [...client, 198, 51, 100, 1, 0x9c, 0x40, 0x01, 0xbb];
  return Buffer.concat([Buffer.from('0d0a0d0a000d0a515549540a2111000c', 'hex'), Uint8Array.from(ends)]);
}

async function openTcp(listen: string): Promise<Socket> {
  const socket = connectTcp(endpointOf(listen)).setNoDelay(true);
  await once(socket, 'connect');
  return socket.on('error', () => undefined);
}

/** TLS over a connection that begins as `begin` says. */
async function openBehind(listen: string, begin: (socket: Socket) => unknown): Promise<TLSSocket> {
  const below = await openTcp(listen);
  await begin(below);
  const { certPem: cert, keyPem: key } = federation.client;
  const socket = connectTls({ socket: below, host: 'localhost', ca: federation.pki.caCertPem, cert, key });
  await once(socket, 'secureConnect');
  return socket.on('error', () => undefined);
}

/** One request over that connection; its status and request id. */
async function ask(socket: TLSSocket, { path, headers, body }: Prepared): Promise<[number, string]> {
  const lines = headers.map(([name, value]) => `${name}: ${value}`);
  socket.write(
    `POST ${path} HTTP/1.1\r\nHost: x\r\n${lines.join('\r\n')}\r\nContent-Length: ${body.length}\r\n\r\n`,
  );
  socket.write(body);
  let answer = '';
  while (!/"request_id":"[^"]+"/.test(answer)) answer += String((await once(socket, 'data'))[0]);
  return [Number(answer.slice(9, 12)), /"request_id":"([^"]+)"/.exec(answer)?.[1] ?? ''];
}

async function failures(reason: string): Promise<number> {
  const text = await (await fetch(`http://${gateway.adminListen}/metrics`)).text();
  const series = `vectorvue_proxy_header_failures_total{reason="${reason}"} `;
  return Number(
    text
      .split('\n')
      .find((each) => each.startsWith(series))
      ?.slice(series.length) ?? 0,
  );
}

describe('from an address of the setting', () => {
  test.each([
    ['version 1', '203.0.113.7', line('203.0.113.7')],
    ['version 2', '203.0.113.8', binary([203, 0, 113, 8])],
  ])(
    '%s: the client that it names is in the log, and of a refusal in the audit log',
    async (_name, client, header) => {
      // Byte by byte, so that the beginning of TLS and the end of the header can never be one piece.
      const socket = await openBehind(gateway.listen, async (below) => {
        for (const byte of header) {
          below.write(Uint8Array.of(byte));
          await new Promise(setImmediate);
        }
      });
      const [accepted] = await ask(socket, telemetry(federation));
      const [refused, requestId] = await ask(socket, telemetry(federation, {}, { identity: 'nobody' }));
      const [unmapped, unmappedId] = await ask(socket, telemetry(federation, { operator_id: 'op-unknown' }));
      socket.destroy();
      expect([accepted, refused, unmapped]).toEqual([202, 401, 403]);
      for (const id of [requestId, unmappedId]) {
        expect(gateway.lines()).toContainEqual(expect.objectContaining({ request_id: id, client }));
        const [row] = await gateway.db.query<{ entry: string; disclosure: string }>(
          { name: 'test-client', text: 'SELECT entry, disclosure FROM audit_log WHERE request_id = $1' },
          [id],
        );
        expect(JSON.parse(row?.disclosure ?? '{}').client_address.value).toBe(client);
        expect(row?.entry).not.toContain(client);
        expect(JSON.parse(row?.entry ?? '{}').commitments).toHaveProperty('client_address');
      }
    },
  );

  test('header and handshake in one piece', async () => {
    const below = await openTcp(gateway.listen);
    below.cork();
    below.write(line('203.0.113.9'));
    const { certPem: cert, keyPem: key } = federation.client;
    const socket = connectTls({ socket: below, host: 'localhost', ca: federation.pki.caCertPem, cert, key });
    setImmediate(() => below.uncork());
    await once(socket, 'secureConnect');
    expect((await ask(socket, telemetry(federation)))[0]).toBe(202);
    socket.destroy();
  });

  test('VV_TG_MAX_CONNECTIONS_PER_ADDRESS counts clients, not balancers', async () => {
    const open = (client: string) => openBehind(gateway.listen, (below) => below.write(line(client)));
    const held = [await open('192.0.2.1'), await open('192.0.2.1'), await open('192.0.2.2')];
    const third = await open('192.0.2.1').catch(() => null);
    if (third !== null) await once(third.resume(), 'close');
    expect(gateway.lines()).toContainEqual(
      expect.objectContaining({ reason: 'connections_per_address', client: '192.0.2.1' }),
    );
    expect(held.map(({ destroyed }) => destroyed)).toEqual([false, false, false]);
    for (const socket of held) socket.destroy();
  });

  test.each([
    ['malformed', (socket: Socket) => socket.write('GET / HTTP/1.1\r\n\r\n')],
    ['incomplete', (socket: Socket) => socket.end('PROXY TCP4 ')],
    ['timeout', (socket: Socket) => socket.write('PROXY ')],
  ])('%s: closed without a word, and counted', async (reason, begin) => {
    const before = await failures(reason);
    const socket = await openTcp(gateway.listen);
    let said = '';
    socket.on('data', (chunk) => {
      said += String(chunk);
    });
    begin(socket);
    await once(socket, 'close');
    await until(async () => (await failures(reason)) === before + 1, `${reason} is counted`);
    expect(said).toBe('');
  });

  test('without a header nobody is let in', async () => {
    await expect(send(federation, gateway.listen, telemetry(federation))).rejects.toMatchObject({
      code: 'ECONNRESET',
    });
  });
});

test('from elsewhere a header is no handshake, and no header is needed', async () => {
  const other = await start({ VV_TG_PROXY_PROTOCOL_FROM: '192.0.2.1, 2001:db8::/32' });
  try {
    expect((await send(federation, other.listen, telemetry(federation))).status).toBe(202);
    const claimed = await openBehind(other.listen, (below) => below.write(line('203.0.113.7'))).catch(
      (fault: { readonly code: string }) => fault.code,
    );
    expect(claimed).toMatch(/^E/);
    expect(other.lines()).toContainEqual(
      expect.objectContaining({ message: 'tls.handshake_failed', client: '127.0.0.1' }),
    );
    expect(other.log()).not.toContain('203.0.113.7');
  } finally {
    await other.close();
  }
});

test('with workers, each of them', async () => {
  const served = serveInProcess({
    ...federation.environment,
    DATABASE_URL: await postgres.createDatabase(),
    VV_TG_WORKERS: '2',
    VV_TG_PROXY_PROTOCOL_FROM: '127.0.0.1/32',
    VV_TG_LOG_LEVEL: 'debug',
  });
  const { listen } = await served.ready;
  const heard = () =>
    new Set(
      served
        .lines()
        .filter(({ client }) => client === '203.0.113.7')
        .map(({ worker }) => worker),
    );
  for (let round = 0; round < 20 && heard().size < 2; round += 1) {
    const socket = await openBehind(listen, (below) => below.write(line('203.0.113.7')));
    expect((await ask(socket, telemetry(federation)))[0]).toBe(202);
    socket.destroy();
    await sleep(20);
  }
  expect(heard().size).toBe(2);
  expect(await served.stop()).toBe(0);
});
