import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { importPublicKey, requestSignatureInput, verifyEd25519 } from '@nyxera/federation-protocol';
import {
  createHarness,
  createSuite,
  type Harness,
  START_MS,
  type Suite,
} from '../support/delivery-harness.ts';
import { laneOf, newEvent, newEvents } from '../support/events.ts';
import { accepted, problem } from '../support/scripted-gateway.ts';

const HOUR_MS = 3_600_000;
let suite: Suite;
let harness: Harness;

beforeAll(async () => {
  suite = await createSuite();
});
afterAll(() => suite.remove());
afterEach(() => harness.close());

function stateOf(name: string): Record<string, unknown> {
  return { ...harness.state.db.prepare('SELECT * FROM events WHERE event_id = ?').get(`test-${name}`) };
}

function securityCodes(): unknown[] {
  return harness.state.db
    .prepare('SELECT code FROM security_log ORDER BY id')
    .all()
    .map((row) => row.code);
}

describe('what leaves (PROTOCOL.md sections 2, 3 and 13)', () => {
  test('headers, canonical body and signature agree; events leave in order of arrival', async () => {
    harness = await createHarness(suite);
    harness.spool.enqueue(laneOf(harness.gateway.url), null, newEvents(50));
    const summary = await harness.delivery.drain();
    expect(summary).toEqual({ delivered: 50, duplicates: 0, quarantined: 0, pending: 0 });
    expect(harness.gateway.requests.map((request) => request.eventId)).toEqual(
      newEvents(50).map((event) => event.eventId),
    );
    const first = harness.gateway.requests[0];
    if (first === undefined) throw new Error('no request');
    const { headers, body } = first;
    expect(first.path).toBe('/internal/v1/telemetry');
    expect(headers['content-type']).toBe('application/json');
    expect(headers['x-service-identity']).toBe('spectrastrike-agent');
    expect(headers['x-client-cert-sha256']).toBe(suite.client.sha256);
    expect(headers['x-telemetry-key-id']).toBe(await suite.signer.kid());
    expect(headers['idempotency-key']).toBe(newEvent('e0000').executionHash);
    const timestamp = Number(headers['x-telemetry-timestamp']);
    const nonce = String(headers['x-telemetry-nonce']);
    expect(timestamp).toBe(START_MS / 1000);
    expect(nonce).toMatch(/^[A-Za-z0-9_-]{24}$/);
    const parsed = JSON.parse(body.toString()) as Record<string, unknown>;
    expect(parsed).toMatchObject({ timestamp, nonce, operator_id: 'op-001' });
    const { parseStrictJson } = await import('@nyxera/federation-protocol');
    expect(parseStrictJson(body)).toMatchObject({ ok: true, compat: true });
    const key = importPublicKey((await suite.signer.publicKey()).raw);
    if (!key.ok) throw new Error(key.detail);
    const signature = Buffer.from(String(headers['x-telemetry-signature']), 'base64');
    expect(verifyEd25519(key.value, requestSignatureInput(timestamp, nonce, body), signature)).toBe(true);
    expect(stateOf('e0000')).toMatchObject({
      state: 'delivered',
      gateway_request_id: 'request-0',
      duplicate: 0,
    });
  });

  test('a duplicate is delivered, and counted as what it is; a receipt is kept', async () => {
    harness = await createHarness(suite, {
      script: () => ({
        status: 202,
        body: { accepted: true, duplicate: true, receipt: { log: 'l', sequence: 7, leaf_hash: 'ab' } },
      }),
    });
    harness.spool.enqueue(laneOf(harness.gateway.url), null, newEvents(2));
    expect(await harness.delivery.drain()).toEqual({
      delivered: 0,
      duplicates: 2,
      quarantined: 0,
      pending: 0,
    });
    expect(stateOf('e0000')).toMatchObject({
      state: 'delivered',
      duplicate: 1,
      receipt: '{"leaf_hash":"ab","log":"l","sequence":7}',
    });
  });

  test('a 200 that accepts nothing is not an acceptance', async () => {
    harness = await createHarness(suite, { script: () => ({ status: 200, body: '<html>welcome</html>' }) });
    harness.spool.enqueue(laneOf(harness.gateway.url), null, newEvents(1));
    expect(await harness.delivery.drain()).toMatchObject({ delivered: 0, pending: 1 });
    expect(stateOf('e0000')).toMatchObject({ state: 'pending', last_code: '200' });
  });
});

describe('connection failures, timeouts, 429 and 5xx: retried without limit on age', () => {
  test('503 for hours, then accepted: every attempt has its own nonce, the event does not change', async () => {
    harness = await createHarness(suite, {
      script: (request) => (request.index < 40 ? problem(503, 'service_unavailable') : accepted(request)),
    });
    harness.spool.enqueue(laneOf(harness.gateway.url), null, newEvents(1));
    const summary = await harness.delivery.drain({ maxWaitMs: 24 * HOUR_MS });
    expect(summary).toMatchObject({ delivered: 1, pending: 0 });
    const { requests } = harness.gateway;
    expect(requests).toHaveLength(41);
    expect(new Set(requests.map((request) => request.nonce)).size).toBe(41);
    expect(new Set(requests.map((request) => request.headers['x-telemetry-signature'])).size).toBe(41);
    const payloads = requests.map((r) =>
      JSON.stringify((JSON.parse(r.body.toString()) as { payload: unknown }).payload),
    );
    expect(new Set(payloads).size).toBe(1);
    expect(Math.max(...harness.clock.jumps)).toBeLessThanOrEqual(300_000);
  });

  test('the backoff is exponential with full jitter: uniform below a ceiling that doubles', async () => {
    harness = await createHarness(suite, { script: () => ({ status: 500 }), random: () => 0.999999 });
    harness.spool.enqueue(laneOf(harness.gateway.url), null, newEvents(1));
    await harness.delivery.drain({ maxWaitMs: HOUR_MS });
    expect(harness.clock.jumps.slice(0, 10).map((ms) => Math.round(ms / 1000))).toEqual([
      1, 2, 4, 8, 16, 32, 64, 128, 256, 300,
    ]);
  });

  test.each(['17', new Date(START_MS + 17_000).toUTCString()])(
    'Retry-After %s is honoured',
    async (value) => {
      const times: number[] = [];
      harness = await createHarness(suite, {
        random: () => 0,
        script: (request) => {
          times.push(harness.clock.now());
          return request.index === 0
            ? {
                status: 503,
                headers: { 'retry-after': value, date: new Date(START_MS).toUTCString() },
              }
            : accepted(request);
        },
      });
      harness.spool.enqueue(laneOf(harness.gateway.url), null, newEvents(1));
      expect(await harness.delivery.drain({ maxWaitMs: HOUR_MS })).toMatchObject({ delivered: 1 });
      expect((times[1] ?? 0) - (times[0] ?? 0)).toBe(17_000);
    },
  );

  test('429 holds the lane until Retry-After, keeps the order, and says that it waits for the rate limit', async () => {
    let refuse = true;
    harness = await createHarness(suite, {
      random: () => 0,
      script: (request) =>
        refuse
          ? { ...(problem(429, 'rate_limited') as object), headers: { 'retry-after': '9' }, status: 429 }
          : accepted(request),
    });
    harness.spool.enqueue(laneOf(harness.gateway.url), null, newEvents(20));
    const summary = await harness.delivery.drain();
    expect(summary).toMatchObject({
      pending: 20,
      waiting: { reason: 'rate_limited', code: 'rate_limited', retryAtMs: START_MS + 9000 },
    });
    refuse = false;
    harness.gateway.requests.length = 0;
    expect(await harness.delivery.drain({ maxWaitMs: HOUR_MS })).toMatchObject({ delivered: 20, pending: 0 });
    expect(harness.gateway.requests.map((r) => r.eventId)).toEqual(newEvents(20).map((e) => e.eventId));
    expect(stateOf('e0000')).toMatchObject({ state: 'delivered' });
  });

  test('a gateway that is away opens the circuit after one attempt; one probe closes it', async () => {
    harness = await createHarness(suite, { url: 'https://127.0.0.1:1' });
    harness.spool.enqueue(laneOf('https://127.0.0.1:1'), null, newEvents(30));
    const summary = await harness.delivery.drain();
    expect(summary).toMatchObject({
      pending: 30,
      waiting: { reason: 'gateway_unreachable', code: 'ECONNREFUSED' },
    });
    expect(harness.spool.gateway('https://127.0.0.1:1')).toMatchObject({ circuit: 'open', failures: 1 });
    const waited = await harness.delivery.drain({ maxWaitMs: 300_000 });
    expect(waited).toMatchObject({ pending: 30 });
    expect(Math.max(...harness.clock.jumps)).toBeLessThanOrEqual(60_000);
    expect(stateOf('e0000')).toMatchObject({ attempts: 0, last_code: 'ECONNREFUSED' });
  });

  test('503 for everything opens the circuit: a few attempts, then one probe at a time', async () => {
    let up = false;
    let together = 0;
    let most = 0;
    harness = await createHarness(suite, {
      script: (request) => {
        together += 1;
        setTimeout(() => {
          together -= 1;
        }, 5);
        if (harness.gateway.requests.length > 8) most = Math.max(most, up ? 0 : together);
        return up ? accepted(request) : { status: 503 };
      },
    });
    harness.spool.enqueue(laneOf(harness.gateway.url), null, newEvents(100));
    await harness.delivery.drain({ maxWaitMs: 30_000 });
    expect(harness.gateway.requests.length).toBeLessThan(8 + 20);
    expect(harness.spool.gateway(harness.gateway.url).circuit).toBe('open');
    up = true;
    expect(await harness.delivery.drain({ maxWaitMs: HOUR_MS })).toMatchObject({
      delivered: 100,
      pending: 0,
    });
    expect(harness.spool.gateway(harness.gateway.url)).toMatchObject({ circuit: 'closed', failures: 0 });
  });

  test('an event that always gets 500 while others are accepted never holds the circuit', async () => {
    const poison = new Set(['test-e0000', 'test-e0003', 'test-e0005', 'test-e0006']);
    harness = await createHarness(suite, {
      script: (request) => (poison.has(request.eventId) ? problem(500, 'internal_error') : accepted(request)),
    });
    harness.spool.enqueue(laneOf(harness.gateway.url), null, newEvents(40));
    const first = await harness.delivery.drain({ maxWaitMs: HOUR_MS });
    expect(first).toMatchObject({ delivered: 36, pending: 4, waiting: { reason: 'backoff' } });
    expect(harness.spool.gateway(harness.gateway.url).circuit).toBe('closed');
    harness.spool.enqueue(laneOf(harness.gateway.url), null, newEvents(5, 'late'));
    const before = harness.clock.now();
    expect(await harness.delivery.drain()).toMatchObject({ delivered: 5, pending: 4 });
    expect(harness.clock.now()).toBe(before);
    expect(stateOf('e0000')).toMatchObject({ state: 'pending', last_code: 'internal_error' });
  });

  test('a request that breaks the connection each time is an event with its own backoff, not an outage', async () => {
    harness = await createHarness(suite, {
      script: (request) => (request.eventId === 'test-e0000' ? 'reset' : accepted(request)),
    });
    harness.spool.enqueue(laneOf(harness.gateway.url), null, newEvents(20));
    expect(await harness.delivery.drain({ maxWaitMs: 600_000 })).toMatchObject({ delivered: 19, pending: 1 });
    expect(harness.spool.gateway(harness.gateway.url).circuit).toBe('closed');
  });

  test('an answer that is cut off, or does not come, is no acceptance', async () => {
    harness = await createHarness(suite, {
      requestTimeoutMs: 300,
      script: (request) => (request.index === 0 ? 'cut' : request.index === 1 ? 'hang' : accepted(request)),
    });
    harness.spool.enqueue(laneOf(harness.gateway.url), null, newEvents(1));
    expect(await harness.delivery.drain({ maxWaitMs: HOUR_MS })).toMatchObject({ delivered: 1 });
    expect(harness.gateway.requests).toHaveLength(3);
  });
});

describe('401 and 403: the lane pauses, its events stay', () => {
  test.each([
    [401, 'timestamp_out_of_window'],
    [403, 'operator_not_mapped'],
  ])(
    '%d %s: one alarm, probes at most once a minute, by hand at once, and an acceptance opens it',
    async (status, code) => {
      let refuse = true;
      const times: number[] = [];
      harness = await createHarness(suite, {
        script: (request) => {
          times.push(harness.clock.now());
          return refuse ? problem(status, code) : accepted(request);
        },
      });
      harness.spool.enqueue(laneOf(harness.gateway.url), null, newEvents(30));
      expect(await harness.delivery.drain()).toMatchObject({
        pending: 30,
        quarantined: 0,
        waiting: { reason: 'lane_paused', code, retryAtMs: START_MS + 60_000 },
      });
      expect(securityCodes()).toEqual([code]);
      expect(harness.log.filter((line) => line.level === 'warn')).toHaveLength(1);
      const burst = times.length;
      expect(burst).toBeLessThanOrEqual(8);
      await harness.restart().drain({ maxWaitMs: 10 * 60_000 });
      const probes = times.slice(burst);
      expect(probes).toHaveLength(10);
      for (const [index, time] of probes.slice(1).entries()) {
        expect(time - (probes[index] ?? 0)).toBeGreaterThanOrEqual(60_000);
      }
      refuse = false;
      const before = harness.clock.now();
      expect(await harness.delivery.drain({ probeNow: true })).toMatchObject({ delivered: 30, pending: 0 });
      expect(harness.clock.now()).toBe(before);
      expect(harness.spool.lanes()[0]).toMatchObject({ state: 'open', pausedCode: null });
    },
  );

  test('another lane of the same gateway goes on', async () => {
    harness = await createHarness(suite, {
      script: (request) =>
        request.body.includes('"operator_id":"op-bad"')
          ? problem(403, 'operator_not_mapped')
          : accepted(request),
    });
    harness.spool.enqueue(laneOf(harness.gateway.url, 'op-bad'), null, newEvents(5));
    harness.spool.enqueue(laneOf(harness.gateway.url, 'op-good'), null, newEvents(5));
    expect(await harness.delivery.drain()).toMatchObject({ delivered: 5, pending: 5 });
  });
});

describe('409, 413, 415, 422', () => {
  test('a replay on a fresh nonce: one retry with another, then delivered if that is taken', async () => {
    harness = await createHarness(suite, {
      script: (request) => (request.index === 0 ? problem(409, 'replay_detected') : accepted(request)),
    });
    harness.spool.enqueue(laneOf(harness.gateway.url), null, newEvents(1));
    expect(await harness.delivery.drain()).toMatchObject({ delivered: 1 });
    const nonces = harness.gateway.requests.map((request) => request.nonce);
    expect(new Set(nonces).size).toBe(2);
    expect(securityCodes()).toEqual([]);
  });

  test.each([
    ['with the code', problem(409, 'replay_detected')],
    ['without any body', { status: 409, body: '' }],
  ])('a replay twice, %s: quarantined as possibly delivered, and a security event', async (_, answer) => {
    harness = await createHarness(suite, { script: () => answer as never });
    harness.spool.enqueue(laneOf(harness.gateway.url), null, newEvents(1));
    expect(await harness.delivery.drain()).toMatchObject({ quarantined: 1, pending: 0 });
    expect(harness.gateway.requests).toHaveLength(2);
    expect(harness.spool.quarantined()).toMatchObject([
      { code: 'replay_detected', detail: expect.stringContaining('possibly delivered') },
    ]);
    expect(securityCodes()).toEqual(['replay_detected']);
  });

  test.each([
    [409, 'event_conflict'],
    [413, 'payload_too_large'],
    [415, 'unsupported_media_type'],
    [422, 'schema_invalid'],
  ])('%d %s: quarantined with the code, the others go on, nothing is dropped', async (status, code) => {
    harness = await createHarness(suite, {
      script: (request) => (request.eventId === 'test-e0001' ? problem(status, code) : accepted(request)),
    });
    harness.spool.enqueue(laneOf(harness.gateway.url), null, newEvents(4));
    expect(await harness.delivery.drain()).toEqual({
      delivered: 3,
      duplicates: 0,
      quarantined: 1,
      pending: 0,
    });
    expect(harness.spool.quarantined()).toMatchObject([{ eventId: 'test-e0001', code }]);
    expect(harness.gateway.requests).toHaveLength(4);
    harness.gateway.script = accepted;
    expect(harness.spool.retryQuarantined('all')).toBe(1);
    expect(await harness.delivery.drain()).toMatchObject({ delivered: 1, quarantined: 0 });
  });

  test('422 without a code is quarantined under its status', async () => {
    harness = await createHarness(suite, { script: () => ({ status: 422, body: 'no' }) });
    harness.spool.enqueue(laneOf(harness.gateway.url), null, newEvents(1));
    await harness.delivery.drain();
    expect(harness.spool.quarantined()).toMatchObject([{ code: '422' }]);
  });

  test('a body over 1 MiB is quarantined here and not sent', async () => {
    harness = await createHarness(suite);
    const big = newEvent('big');
    const payload = { ...big.payload, padding: 'x'.repeat(1024 * 1024) };
    harness.spool.enqueue(laneOf(harness.gateway.url), null, [{ ...big, payload }, newEvent('small')]);
    expect(await harness.delivery.drain()).toMatchObject({ delivered: 1, quarantined: 1 });
    expect(harness.spool.quarantined()).toMatchObject([{ code: 'payload_too_large' }]);
    expect(harness.gateway.requests.map((request) => request.eventId)).toEqual(['test-small']);
  });
});

describe('3xx, TLS and pin: the gateway is marked and nothing is sent', () => {
  test('a redirect is not followed; the gateway is probed once a minute and recovers by itself', async () => {
    const elsewhere = await createHarness(suite);
    let redirect = true;
    harness = await createHarness(suite, {
      script: (request) =>
        redirect ? { status: 307, headers: { location: `${elsewhere.gateway.url}/x` } } : accepted(request),
    });
    harness.spool.enqueue(laneOf(harness.gateway.url), null, newEvents(10));
    expect(await harness.delivery.drain()).toMatchObject({
      pending: 10,
      quarantined: 0,
      waiting: { reason: 'gateway_untrusted', code: 'redirect_refused' },
    });
    const burst = harness.gateway.requests.length;
    expect(burst).toBeLessThanOrEqual(8);
    expect(securityCodes()).toEqual(['redirect_refused']);
    expect(await harness.restart().drain()).toMatchObject({ pending: 10 });
    expect(harness.gateway.requests).toHaveLength(burst);
    expect(elsewhere.gateway.connections).toBe(0);
    redirect = false;
    expect(await harness.delivery.drain({ maxWaitMs: 61_000 })).toMatchObject({ delivered: 10, pending: 0 });
    expect(harness.spool.gateway(harness.gateway.url)).toMatchObject({ circuit: 'closed', markedCode: null });
    await elsewhere.close();
  });

  test('a wrong pin: the server never sees an application byte, the events stay', async () => {
    harness = await createHarness(suite, { tls: { serverPins: ['ab'.repeat(32)] } });
    harness.spool.enqueue(laneOf(harness.gateway.url), null, newEvents(10));
    expect(await harness.delivery.drain({ maxWaitMs: 200_000 })).toMatchObject({
      pending: 10,
      waiting: { reason: 'gateway_untrusted', code: 'server_pin_mismatch' },
    });
    expect(harness.gateway.connections).toBeGreaterThan(0);
    expect(harness.gateway.applicationBytes).toBe(0);
    expect(securityCodes()).toEqual(['server_pin_mismatch']);
    expect(stateOf('e0000')).toMatchObject({ attempts: 0, state: 'pending' });
  });
});
