import { Agent } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { type PostgresServer, startPostgres } from '@nyxera/federation-testing';
import { deferred } from '../../src/accept/deferred.ts';
import { openSocket, send } from '../support/client.ts';
import { createFederation, type Federation } from '../support/federation.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { telemetry } from '../support/requests.ts';
import { serveInProcess, until } from '../support/served-process.ts';

// It starts processes; on a machine with other work that alone takes its time.
jest.setTimeout(240_000);

const MEBIBYTE = 1_048_576;

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

async function start(changes: Record<string, string>): Promise<TestGateway> {
  return startTestGateway(federation, { DATABASE_URL: await postgres.createDatabase(), ...changes });
}

async function metric(adminListen: string, series: string): Promise<number> {
  const text = await (await fetch(`http://${adminListen}/metrics`)).text();
  const line = text.split('\n').find((each) => each.startsWith(`${series} `));
  return line === undefined ? 0 : Number(line.slice(series.length + 1));
}

test('the event loop is late: 503 with Retry-After before anything is looked at, and it recovers by itself', async () => {
  const served = serveInProcess({
    ...federation.environment,
    DATABASE_URL: await postgres.createDatabase(),
    VV_TG_LOOP_DELAY_HIGH_MS: '150',
    VV_TG_LOOP_DELAY_LOW_MS: '100',
  });
  const { listen, adminListen } = await served.ready;
  const shed = 'vectorvue_requests_shed_total{reason="event_loop_delay"}';
  // A process that gets no processor is late, truly so, and as often as the test wants.
  let choking = true;
  const choke = (async () => {
    while (choking) {
      served.signal('SIGSTOP');
      await sleep(400);
      served.signal('SIGCONT');
      await sleep(40);
    }
  })();
  await served.line('overload.shedding');
  // Nobody's identity: had anything been looked at, it would be 401.
  const stranger = telemetry(federation, {}, { identity: 'nobody' });
  const refused = await send(federation, listen, stranger);
  expect([refused.status, refused.json.errors[0].error_code]).toEqual([503, 'service_unavailable']);
  expect(refused.headers['retry-after']).toMatch(/^[1-9][0-9]*$/);
  choking = false;
  await choke;
  await served.line('overload.over');
  await until(
    async () => (await send(federation, listen, telemetry(federation))).status === 202,
    '202 again',
  );
  expect(await metric(adminListen, shed)).toBeGreaterThanOrEqual(1);
  const line = await served.line('request.shed', { reason: 'event_loop_delay' });
  expect(line).toMatchObject({ sampled: true, request_id: refused.json.request_id });
  expect(await served.stop()).toBe(0);
});

describe('memory: bodies that are received and not answered', () => {
  test('beyond the bound the next bytes are refused with 503, and the room comes back', async () => {
    const gateway = await start({ VV_TG_MAX_BODY_BYTES_IN_FLIGHT: String(16 * MEBIBYTE) });
    try {
      const head = (length: number) =>
        [
          'POST /internal/v1/telemetry/batch HTTP/1.1',
          'Host: x',
          'Content-Type: application/json',
          `Content-Length: ${length}`,
          '',
          '',
        ].join('\r\n');
      const seven = Buffer.alloc(7 * MEBIBYTE, 0x20);
      const holders = [
        await openSocket(federation, gateway.listen),
        await openSocket(federation, gateway.listen),
      ];
      for (const socket of holders) {
        socket.write(head(8 * MEBIBYTE));
        socket.write(seven);
      }
      await until(
        async () => (await metric(gateway.adminListen, 'vectorvue_body_bytes_in_flight')) === 14 * MEBIBYTE,
        'both are held',
      );
      const third = await openSocket(federation, gateway.listen);
      const answered = deferred<string>();
      third.once('data', (chunk) => answered.resolve(String(chunk)));
      third.write(head(8 * MEBIBYTE));
      third.write(seven);
      const answer = await answered.promise;
      expect(answer).toMatch(/^HTTP\/1\.1 503 /);
      expect(answer).toMatch(/\r\nRetry-After: [1-9]/);
      expect(answer).toContain('service_unavailable');
      expect(await metric(gateway.adminListen, 'vectorvue_requests_shed_total{reason="body_bytes"}')).toBe(1);
      // A small one still has room, and is judged.
      expect((await send(federation, gateway.listen, telemetry(federation))).status).toBe(202);
      for (const socket of [...holders, third]) socket.destroy();
      await until(
        async () => (await metric(gateway.adminListen, 'vectorvue_body_bytes_in_flight')) === 0,
        'the room is free again',
      );
    } finally {
      await gateway.close();
    }
  });
});

describe('connections', () => {
  /** Opens one more; whether it is still there a moment later. */
  async function survives(listen: string): Promise<boolean> {
    const socket = await openSocket(federation, listen).catch(() => null);
    if (socket === null) return false;
    const closed = deferred();
    socket.once('close', () => closed.resolve());
    socket.resume();
    const outcome = await Promise.race([closed.promise.then(() => false), sleep(500, true)]);
    if (outcome) open.push(socket);
    return outcome;
  }
  const open: { destroy(): unknown }[] = [];

  test.each([
    ['VV_TG_MAX_CONNECTIONS_PER_PEER', 'connections_per_peer'],
    ['VV_TG_MAX_CONNECTIONS_PER_ADDRESS', 'connections_per_address'],
    ['VV_TG_MAX_CONNECTIONS', 'connections'],
  ])('%s: one more is ended and counted, and one that goes makes room', async (name, reason) => {
    const gateway = await start({ [name]: '2' });
    try {
      expect([await survives(gateway.listen), await survives(gateway.listen)]).toEqual([true, true]);
      expect(await survives(gateway.listen)).toBe(false);
      const counted = `vectorvue_connections_refused_total{reason="${reason}"}`;
      expect(await metric(gateway.adminListen, counted)).toBe(1);
      expect(gateway.lines()).toContainEqual(
        expect.objectContaining({ message: 'connection.refused', reason, sampled: true }),
      );
      open.pop()?.destroy();
      await until(() => survives(gateway.listen), 'there is room again');
    } finally {
      for (const socket of open.splice(0)) socket.destroy();
      await gateway.close();
    }
  });

  test('VV_TG_MAX_REQUESTS_PER_CONNECTION: the last answer says close, and none is refused', async () => {
    const gateway = await start({ VV_TG_MAX_REQUESTS_PER_CONNECTION: '3' });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    try {
      const said: unknown[] = [];
      for (let round = 0; round < 6; round += 1) {
        const answer = await send(federation, gateway.listen, telemetry(federation), { agent });
        said.push([answer.status, answer.headers.connection]);
      }
      const three = [
        [202, 'keep-alive'],
        [202, 'keep-alive'],
        [202, 'close'],
      ];
      expect(said).toEqual([...three, ...three]);
    } finally {
      agent.destroy();
      await gateway.close();
    }
  });
});
