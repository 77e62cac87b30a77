import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { fakeClock, type PostgresServer, startPostgres } from '@nyxera/federation-testing';
import { type Received, send } from '../support/client.ts';
import { createFederation, type Federation } from '../support/federation.ts';
import { EFFECT_TABLES, startTestGateway, type TestGateway } from '../support/gateway.ts';
import {
  bundle,
  graph,
  newNonce,
  PATHS,
  type Prepared,
  query,
  signed,
  telemetry,
} from '../support/requests.ts';

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

async function withGateway(
  changes: Record<string, string>,
  use: (gateway: TestGateway, post: (prepared: Prepared) => Promise<Received>) => Promise<void>,
  clock?: { now(): number },
): Promise<void> {
  const url = await postgres.createDatabase();
  const gateway = await startTestGateway(federation, { DATABASE_URL: url, ...changes }, clock);
  try {
    await use(gateway, (prepared) => send(federation, gateway.listen, prepared));
  } finally {
    await gateway.close();
  }
}

function expectRateLimited(received: Received): void {
  expect([received.status, received.json.errors[0].error_code]).toEqual([429, 'rate_limited']);
  expect(received.headers['retry-after']).toMatch(/^[1-9][0-9]*$/);
}

describe('429', () => {
  test('per operator: costs nothing but time; the identical bytes succeed later', async () => {
    await withGateway({ VV_TG_RATE_LIMIT_PER_MINUTE: '1' }, async (gateway, post) => {
      expect((await post(telemetry(federation))).status).toBe(202);
      const waiting = telemetry(federation);
      const before = await Promise.all(EFFECT_TABLES.map((table) => gateway.count(table)));
      const nonces = await gateway.count('nonces');
      expectRateLimited(await post(waiting));
      expect(await Promise.all(EFFECT_TABLES.map((table) => gateway.count(table)))).toEqual(before);
      expect(await gateway.count('nonces')).toBe(nonces);
      await gateway.db.query({ name: 'test-refill', text: 'UPDATE operator_buckets SET tokens = 1' });
      expect((await post(waiting)).status).toBe(202);
    });
  });

  test('the operator’s goes before replay, and replay before the request’s own refusal', async () => {
    await withGateway({ VV_TG_RATE_LIMIT_PER_MINUTE: '1' }, async (_gateway, post) => {
      const nonce = newNonce();
      expect((await post(telemetry(federation, {}, { nonce }))).status).toBe(202);
      expectRateLimited(await post(telemetry(federation, {}, { nonce })));
      const refused = await post(signed(federation, PATHS.telemetry, () => Buffer.from('{'), { nonce }));
      expect(refused.json.errors[0].error_code).toBe('replay_detected');
    });
  });

  test('a refused body costs the operator nothing; graphs have their own bucket; queries have none', async () => {
    await withGateway({ VV_TG_RATE_LIMIT_PER_MINUTE: '1' }, async (_gateway, post) => {
      for (let round = 0; round < 3; round += 1) {
        expect((await post(telemetry(federation, { zzz: 1 }))).status).toBe(422);
        expect((await post(query(federation))).status).toBe(200);
        expect((await post(bundle(federation))).status).toBe(200);
      }
      expect((await post(telemetry(federation))).status).toBe(202);
      expect((await post(graph(federation))).status).toBe(202);
      expectRateLimited(await post(graph(federation)));
    });
  });

  test('per peer: before any cryptography, and refilled by the clock', async () => {
    const clock = fakeClock(Date.now());
    await withGateway(
      { VV_TG_PEER_RATE_LIMIT_PER_SECOND: '1', VV_TG_RATE_LIMIT_PER_MINUTE: '0' },
      async (_gateway, post) => {
        expect((await post(telemetry(federation))).status).toBe(202);
        const waiting = telemetry(federation);
        expectRateLimited(await post({ ...waiting, body: Buffer.from('tampered') }));
        clock.advance(1000);
        expect((await post(waiting)).status).toBe(202);
      },
      clock,
    );
  });

  test('living nonces per identity: bounded, never evicted', async () => {
    await withGateway({ VV_TG_NONCE_LIMIT_PER_IDENTITY: '2' }, async (gateway, post) => {
      expect((await post(telemetry(federation))).status).toBe(202);
      expect((await post(telemetry(federation))).status).toBe(202);
      expectRateLimited(await post(telemetry(federation)));
      expect(await gateway.count('nonces')).toBe(2);
    });
  });
});

test('503: a database that goes away and comes back; nothing is burnt, nothing half-written', async () => {
  const own = await startPostgres({ fast: true });
  const gateway = await startTestGateway(federation, { DATABASE_URL: await own.createDatabase() });
  const post = (prepared: Prepared) => send(federation, gateway.listen, prepared);
  try {
    expect((await post(telemetry(federation))).status).toBe(202);
    await own.kill9();
    const waiting = telemetry(federation, {}, { timestamp: Math.floor(Date.now() / 1000) + 25 });
    const refused = await post(waiting);
    expect([refused.status, refused.json.errors[0].error_code]).toEqual([503, 'service_unavailable']);
    expect(refused.headers['retry-after']).toMatch(/^[1-9]/);
    const ready = await fetch(`http://${gateway.adminListen}/readyz`);
    expect([ready.status, await ready.text()]).toEqual([503, expect.stringContaining('store')]);
    // Step 3 goes before step 4: with the store away nobody is even identified.
    const stranger = await post(telemetry(federation, {}, { identity: 'nobody' }));
    expect(stranger.status).toBe(503);

    await own.restart();
    await until(async () => (await post(waiting)).status === 202);
    expect(await gateway.count('events')).toBe(2);
    expect((await post(waiting)).status).toBe(409);
    expect((await fetch(`http://${gateway.adminListen}/readyz`)).status).toBe(200);
  } finally {
    await gateway.close();
    await own.stop();
  }
});

test('500: only from a fault that was injected; nothing about it in the answer, a line about it in the log', async () => {
  let explode = false;
  const clock = {
    now: () => {
      if (explode) {
        explode = false;
        throw new TypeError('secret detail of /etc/somewhere');
      }
      return Date.now();
    },
  };
  await withGateway(
    {},
    async (gateway, post) => {
      const before = await Promise.all(EFFECT_TABLES.map((table) => gateway.count(table)));
      explode = true;
      // Whoever asks for the time first explodes; the timers of the gateway ask too, so it is tried until it hits.
      let received = await post(telemetry(federation));
      for (let round = 0; round < 20 && received.status !== 500; round += 1) {
        explode = true;
        received = await post({ ...telemetry(federation), path: PATHS.telemetry, body: Buffer.from('x') });
      }
      expect([received.status, received.json.errors[0].error_code]).toEqual([500, 'internal_error']);
      expect(received.text).not.toContain('secret detail');
      expect(gateway.lines()).toContainEqual(
        expect.objectContaining({
          message: 'request.failed',
          request_id: received.json.request_id,
          fault: 'TypeError',
        }),
      );
      expect((await Promise.all(EFFECT_TABLES.map((table) => gateway.count(table)))).length).toBe(
        before.length,
      );
      expect((await post(telemetry(federation))).status).toBe(202);
    },
    clock,
  );
});

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let round = 0; round < 100; round += 1) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('it did not happen within 10 s');
}
