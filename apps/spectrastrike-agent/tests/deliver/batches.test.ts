import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import {
  importPublicKey,
  parseStrictJson,
  requestSignatureInput,
  verifyEd25519,
} from '@nyxera/federation-protocol';
import {
  answersBatchesWith,
  BATCH_PATH,
  batchAnswer,
  eventIdsOf,
  expectEachOnce,
  poisonedBy,
  sizesOf,
  takesBatches,
} from '../support/batch-gateway.ts';
import {
  createHarness,
  createSuite,
  type Harness,
  type HarnessOptions,
  START_MS,
  type Suite,
} from '../support/delivery-harness.ts';
import { laneOf, newEvent, newEvents } from '../support/events.ts';
import { accepted, problem, type Script } from '../support/scripted-gateway.ts';

const DAY_MS = 24 * 3_600_000;
let suite: Suite;
let harness: Harness;

beforeAll(async () => {
  suite = await createSuite();
});
afterAll(() => suite.remove());
afterEach(() => harness.close());

const start = async (script: Script, options: HarnessOptions = {}): Promise<void> => {
  harness = await createHarness(suite, { script, batches: true, ...options });
};
const spool = (events = newEvents(50)): string[] => {
  harness.spool.enqueue(laneOf(harness.gateway.url), null, events);
  return events.map((event) => event.eventId);
};
const requests = () => harness.gateway.requests;
const batchRequests = () => requests().filter((request) => request.path === BATCH_PATH);
const rows = (): Record<string, unknown>[] =>
  harness.state.db.prepare('SELECT * FROM events ORDER BY seq').all() as Record<string, unknown>[];
const rowOf = (name: string) => rows().find((row) => row.event_id === `test-${name}`) ?? {};
const securityCodes = (): unknown[] =>
  harness.state.db
    .prepare('SELECT code FROM security_log ORDER BY id')
    .all()
    .map((row) => row.code);

describe('what leaves (PROTOCOL.md section 6)', () => {
  test('one signature over many events, canonical, in order of arrival; a first batch under 64 KiB', async () => {
    await start(takesBatches());
    const ids = spool(newEvents(1500));
    expect(await harness.delivery.drain()).toEqual({
      delivered: 1500,
      duplicates: 0,
      quarantined: 0,
      pending: 0,
    });
    expectEachOnce(requests(), ids);
    const [first] = requests();
    if (first === undefined) throw new Error('no request');
    expect(first.path).toBe(BATCH_PATH);
    expect(first.body.length).toBeLessThan(64 * 1024);
    expect(parseStrictJson(first.body)).toMatchObject({ ok: true, compat: true });
    const { headers, body } = first;
    const parsed = JSON.parse(body.toString()) as Record<string, unknown>;
    expect(Object.keys(parsed)).toEqual([
      'campaign_id',
      'items',
      'nonce',
      'operator_id',
      'signed_metadata',
      'tenant_id',
      'timestamp',
    ]);
    const key = importPublicKey((await suite.signer.publicKey()).raw);
    if (!key.ok) throw new Error('the key is good');
    const timestamp = Number(headers['x-telemetry-timestamp']);
    const nonce = String(headers['x-telemetry-nonce']);
    expect(parsed).toMatchObject({ timestamp, nonce });
    const signature = Buffer.from(String(headers['x-telemetry-signature']), 'base64');
    expect(verifyEd25519(key.value, requestSignatureInput(timestamp, nonce, body), signature)).toBe(true);
  });

  test('grows with what the gateway takes, never beyond 1000 items or 8 MiB', async () => {
    await start(takesBatches());
    spool(newEvents(6000));
    await harness.delivery.drain();
    const sizes = sizesOf(requests());
    expect(Math.max(...sizes)).toBe(1000);
    expect(sizes[1]).toBeGreaterThan(sizes[0] ?? 0);
    expect(requests().every((request) => request.body.length <= 8 * 1024 * 1024)).toBe(true);
  });

  test('large events: bytes bound the batch; one that is larger than a batch may be goes singly', async () => {
    await start(takesBatches());
    const big = 'x'.repeat(300_000);
    const events = Array.from({ length: 60 }, (_, index) => newEvent(`big${index}`, big));
    const ids = spool(events);
    expect(await harness.delivery.drain()).toMatchObject({ delivered: 60, pending: 0 });
    expect(requests().flatMap(eventIdsOf).sort()).toEqual([...ids].sort());
    expect(requests().every((request) => request.body.length <= 8 * 1024 * 1024)).toBe(true);
  });

  test('a batch holds one campaign; a single event goes singly', async () => {
    await start(takesBatches());
    const events = newEvents(6).map((event, index) => ({ ...event, campaignId: index < 4 ? 'one' : 'two' }));
    const ids = spool([...events, { ...newEvent('last'), campaignId: 'three' }]);
    await harness.delivery.drain();
    expectEachOnce(requests(), ids);
    expect(sizesOf(requests())).toEqual([4, 2, 1]);
    expect(requests().at(-1)?.path).toBe('/internal/v1/telemetry');
  });
});

describe('each event of a batch is settled as a single one (section 13)', () => {
  test('accepted, duplicate, conflict, refused, and a code that this agent does not know', async () => {
    await start(
      takesBatches((id) => {
        if (id === 'test-e0001') return { status: 'duplicate' };
        if (id === 'test-e0002') return { status: 'rejected', error_code: 'event_conflict' };
        if (id === 'test-e0003')
          return { status: 'rejected', error_code: 'schema_invalid', path: '/payload/severity' };
        if (id === 'test-e0004') return { event_id: null, status: 'rejected', error_code: 'code_of_2031' };
        if (id === 'test-e0005') return { receipt: { log: 'l', sequence: 7, leaf_hash: 'ab' } };
        return {};
      }),
    );
    spool(newEvents(8));
    expect(await harness.delivery.drain()).toEqual({
      delivered: 4,
      duplicates: 1,
      quarantined: 3,
      pending: 0,
    });
    expect(requests()).toHaveLength(1);
    expect(rowOf('e0000')).toMatchObject({
      state: 'delivered',
      duplicate: 0,
      gateway_request_id: 'request-0',
    });
    expect(rowOf('e0001')).toMatchObject({ state: 'delivered', duplicate: 1 });
    expect(rowOf('e0002')).toMatchObject({ state: 'quarantined', last_code: 'event_conflict', attempts: 1 });
    expect(rowOf('e0003')).toMatchObject({ state: 'quarantined', last_code: 'schema_invalid' });
    expect(rowOf('e0003').last_detail).toContain('/payload/severity');
    expect(rowOf('e0004')).toMatchObject({ state: 'quarantined', last_code: 'code_of_2031' });
    expect(rowOf('e0005')).toMatchObject({
      state: 'delivered',
      receipt: '{"leaf_hash":"ab","log":"l","sequence":7}',
    });
    expect(securityCodes()).toEqual(['event_conflict']);
  });
});

describe('a peer without batches', () => {
  test.each([404, 405, 413, 415])('%d: singly, in order, and asked again once a day', async (status) => {
    await start(answersBatchesWith({ status }));
    const ids = spool();
    expect(await harness.delivery.drain()).toMatchObject({ delivered: 50, pending: 0 });
    expect(batchRequests()).toHaveLength(1);
    expect(
      requests()
        .slice(1)
        .map((request) => request.eventId),
    ).toEqual(ids);
    expect(rows().every((row) => row.attempts === 1)).toBe(true);
    // Remembered by the file, not by the process.
    spool(newEvents(10, 'later'));
    await harness.restart().drain();
    expect(batchRequests()).toHaveLength(1);
    await harness.clock.wait(DAY_MS, new AbortController().signal);
    spool(newEvents(10, 'next-day'));
    harness.gateway.script = takesBatches();
    await harness.restart().drain();
    expect(sizesOf(batchRequests())).toEqual([50, 10]);
    expect(harness.spool.batchSupport(harness.gateway.url)).toEqual({
      supported: true,
      singlesUntilMs: null,
    });
  });

  test('a mark that another clock set far in the future does not last', async () => {
    await start(takesBatches());
    const url = harness.gateway.url;
    harness.spool.saveBatchSupport(url, { supported: false, singlesUntilMs: START_MS + 400 * DAY_MS });
    spool();
    await harness.restart().drain();
    expect(sizesOf(requests())).toEqual([50]);
  });

  const liars: [string, Script][] = [
    ['202 to anything', accepted],
    [
      'results for fewer events',
      answersBatchesWith(batchAnswer([{ event_id: 'test-e0000', status: 'accepted' }])),
    ],
    [
      'results for others',
      (request) =>
        request.path === BATCH_PATH
          ? batchAnswer(
              eventIdsOf(request)
                .reverse()
                .map((id) => ({ event_id: id, status: 'accepted' })),
            )
          : accepted(request),
    ],
    [
      'a status that is none',
      (request) =>
        request.path === BATCH_PATH
          ? batchAnswer(eventIdsOf(request).map((id) => ({ event_id: id, status: 'perhaps' })))
          : accepted(request),
    ],
  ];
  test.each(liars)('%s: nothing is believed delivered, everything is sent singly', async (_about, script) => {
    await start(script);
    const ids = spool();
    expect(await harness.delivery.drain()).toMatchObject({ delivered: 50, pending: 0 });
    expect(batchRequests()).toHaveLength(1);
    expect(
      requests()
        .slice(1)
        .map((request) => request.eventId),
    ).toEqual(ids);
  });

  test('one that refuses the path to everybody (403) does not pause the lane for ever', async () => {
    await start(answersBatchesWith({ status: 403 }));
    spool();
    expect(await harness.delivery.drain({ maxWaitMs: 3_600_000 })).toMatchObject({
      delivered: 50,
      pending: 0,
    });
    expect(batchRequests().length).toBeLessThanOrEqual(3);
  });
});

describe('refusals of the whole', () => {
  test.each([
    ['schema_invalid', 422],
    ['event_conflict', 409],
    ['payload_too_large', 413],
  ])('%s for one poisoned event: that one is quarantined, no other', async (code, status) => {
    await start(poisonedBy('test-e0123', problem(status, code)));
    // A gateway that is known to take batches: otherwise 413 would mean that it does not.
    harness.spool.saveBatchSupport(harness.gateway.url, { supported: true, singlesUntilMs: null });
    spool(newEvents(400));
    const summary = await harness.restart().drain({ maxWaitMs: 3_600_000 });
    expect(summary).toEqual({ delivered: 399, duplicates: 0, quarantined: 1, pending: 0 });
    expect(rowOf('e0123')).toMatchObject({ state: 'quarantined', last_code: code });
  });

  test('500 for one poisoned event: the others are delivered, it stays in a backoff of its own', async () => {
    await start(poisonedBy('test-e0007', problem(500, 'internal_error')));
    spool(newEvents(300));
    expect(await harness.delivery.drain({ maxWaitMs: 600_000 })).toMatchObject({
      delivered: 299,
      pending: 1,
    });
    expect(rowOf('e0007')).toMatchObject({ state: 'pending', last_code: 'internal_error' });
  });

  test('401: the lane pauses, nothing is quarantined, no attempt counts', async () => {
    await start(() => problem(401, 'signature_invalid'));
    spool();
    const summary = await harness.delivery.drain();
    expect(summary).toMatchObject({ quarantined: 0, pending: 50, waiting: { reason: 'lane_paused' } });
    expect(rows().every((row) => row.attempts === 0)).toBe(true);
    harness.gateway.script = takesBatches();
    expect(await harness.delivery.drain({ probeNow: true })).toMatchObject({ delivered: 50, pending: 0 });
  });

  test('409 replay: once more, in time singly; only what is answered so by itself is quarantined', async () => {
    let left = 1;
    await start((request) => {
      if (request.path === BATCH_PATH && left > 0) {
        left -= 1;
        return problem(409, 'replay_detected');
      }
      return takesBatches()(request);
    });
    spool();
    expect(await harness.delivery.drain()).toMatchObject({ delivered: 50, quarantined: 0 });
    await harness.close();

    await start(answersBatchesWith(problem(409, 'replay_detected')));
    spool();
    expect(await harness.delivery.drain()).toMatchObject({ delivered: 50, quarantined: 0 });
    expect(securityCodes()).toEqual([]);
  });

  test('429: the lane waits as told, then goes on with fewer at a time', async () => {
    let throttled = false;
    await start((request) => {
      if (request.path === BATCH_PATH && request.index === 3 && !throttled) {
        throttled = true;
        return { status: 429, headers: { 'retry-after': '7' }, body: {} };
      }
      return takesBatches()(request);
    });
    const ids = spool(newEvents(3000));
    expect(await harness.delivery.drain({ maxWaitMs: 60_000 })).toMatchObject({
      delivered: 3000,
      pending: 0,
    });
    const sizes = sizesOf(requests());
    expect(sizes[4]).toBeLessThanOrEqual(500);
    expect(harness.clock.now()).toBeGreaterThanOrEqual(START_MS + 7000);
    expect(
      requests()
        .filter((request) => request.index !== 3)
        .flatMap(eventIdsOf),
    ).toEqual(ids);
  });

  test.each(['reset', 'cut'] as const)(
    'the connection ends without an answer (%s): sent again',
    async (fault) => {
      await start((request) =>
        request.index === 0 ? fault : takesBatches(() => ({ status: 'duplicate' }))(request),
      );
      spool();
      expect(await harness.delivery.drain({ maxWaitMs: 60_000 })).toMatchObject({
        duplicates: 50,
        pending: 0,
      });
    },
  );

  test('a gateway that takes smaller batches than we would send: 413 halves them', async () => {
    await start((request) =>
      request.path === BATCH_PATH && request.body.length > 100_000
        ? { status: 413 }
        : takesBatches()(request),
    );
    const ids = spool(newEvents(2000));
    expect(await harness.delivery.drain()).toMatchObject({ delivered: 2000, pending: 0 });
    expect(
      requests()
        .filter((request) => request.body.length <= 100_000)
        .flatMap(eventIdsOf),
    ).toEqual(ids);
    expect(batchRequests().length).toBeGreaterThan(5);
  });

  test('503 for a while: the circuit opens, a single event probes, batches again', async () => {
    await start((request) =>
      request.index < 4 ? problem(503, 'service_unavailable') : takesBatches()(request),
    );
    spool(newEvents(2000));
    expect(await harness.delivery.drain({ maxWaitMs: 600_000 })).toMatchObject({
      delivered: 2000,
      pending: 0,
    });
  });
});

test('progress counts the events of a batch, not the batches', async () => {
  await start(takesBatches());
  spool(newEvents(500));
  const seen: { delivered: number; pending: number }[] = [];
  await harness.delivery.drain({ onProgress: (progress) => seen.push(progress) });
  expect(seen.every(({ delivered, pending }) => delivered + pending === 500)).toBe(true);
  expect(seen.at(-1)).toMatchObject({ delivered: 500, pending: 0 });
});
