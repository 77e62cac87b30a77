import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { systemClock } from '../../src/deliver/system-clock.ts';
import { createHarness, createSuite, type Harness, type Suite } from '../support/delivery-harness.ts';
import { laneOf, newEvents } from '../support/events.ts';
import { accepted } from '../support/scripted-gateway.ts';

let suite: Suite;
let harness: Harness;

beforeAll(async () => {
  suite = await createSuite();
});
afterAll(() => suite.remove());
afterEach(() => harness.close());

test('nothing to do ends at once', async () => {
  harness = await createHarness(suite);
  expect(await harness.delivery.drain()).toEqual({ delivered: 0, duplicates: 0, quarantined: 0, pending: 0 });
  expect(harness.gateway.connections).toBe(0);
});

test('a second drainer is told so and sends nothing', async () => {
  harness = await createHarness(suite);
  harness.spool.enqueue(laneOf(harness.gateway.url), null, newEvents(3));
  const lock = harness.spool.lockForDraining();
  expect(await harness.delivery.drain()).toMatchObject({
    pending: 3,
    waiting: { reason: 'another_drainer' },
  });
  expect(harness.gateway.requests).toHaveLength(0);
  lock?.release();
  expect(await harness.delivery.drain()).toMatchObject({ delivered: 3, pending: 0 });
});

test('lanes of another gateway are left alone', async () => {
  harness = await createHarness(suite);
  harness.spool.enqueue(laneOf('https://elsewhere.test'), null, newEvents(3));
  expect(await harness.delivery.drain()).toMatchObject({ delivered: 0, pending: 0 });
  expect(harness.spool.counts()).toMatchObject([{ pending: 3 }]);
});

test('a signal stops the drain; what is in flight is finished and recorded', async () => {
  const stop = new AbortController();
  harness = await createHarness(suite, {
    script: (request) => {
      if (request.index === 10) stop.abort();
      return accepted(request);
    },
  });
  harness.spool.enqueue(laneOf(harness.gateway.url), null, newEvents(200));
  const summary = await harness.delivery.drain({ signal: stop.signal });
  expect(summary.waiting?.reason).toBe('stopped');
  expect(summary.delivered).toBe(harness.gateway.requests.length);
  expect(summary.delivered + summary.pending).toBe(200);
  expect(summary.pending).toBeGreaterThan(0);
});

test('until aborted: what is enqueued later is delivered too; progress is told', async () => {
  const stop = new AbortController();
  const seen: number[] = [];
  harness = await createHarness(suite);
  const lane = laneOf(harness.gateway.url);
  harness.spool.enqueue(lane, null, newEvents(5));
  const delivery = harness.restart({ clock: systemClock });
  const summary = await delivery.drain({
    until: 'aborted',
    signal: stop.signal,
    onProgress: (progress) => {
      seen.push(progress.delivered);
      if (progress.delivered === 5) {
        setTimeout(() => {
          harness.spool.enqueue(lane, null, newEvents(5, 'later'));
          delivery.wake();
        }, 20);
      }
      if (progress.delivered === 10) stop.abort();
    },
  });
  expect(summary).toMatchObject({ delivered: 10, pending: 0 });
  expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
});

test('a spool that can no longer be written to ends the drain with its fault, and the events are still pending', async () => {
  harness = await createHarness(suite);
  harness.spool.enqueue(laneOf(harness.gateway.url), null, newEvents(3));
  harness.gateway.script = (request) => {
    harness.state.db.exec('PRAGMA query_only = ON');
    return accepted(request);
  };
  await expect(harness.delivery.drain()).rejects.toMatchObject({ code: 'state_permissions' });
  harness.state.db.exec('PRAGMA query_only = OFF');
  harness.gateway.script = accepted;
  expect(await harness.delivery.drain()).toMatchObject({ delivered: 3, pending: 0 });
});

test('a key that is away: nothing is sent, and it is said why', async () => {
  harness = await createHarness(suite);
  harness.spool.enqueue(laneOf(harness.gateway.url), null, newEvents(3));
  const signer = {
    sign: () => Promise.reject(new Error('the HSM is away')),
    publicKey: () => suite.signer.publicKey(),
    kid: () => suite.signer.kid(),
    capabilities: suite.signer.capabilities,
    health: () => suite.signer.health(),
    close: () => Promise.resolve(),
  };
  const summary = await harness.restart({ signer }).drain();
  expect(summary).toMatchObject({ pending: 3, waiting: { reason: 'key_unavailable' } });
  expect(harness.gateway.connections).toBe(0);
});

test('an event out of quarantine that failed before is still sent when it is the only one left', async () => {
  harness = await createHarness(suite, { script: () => ({ status: 500 }) });
  harness.spool.enqueue(laneOf(harness.gateway.url), null, newEvents(3));
  await harness.delivery.drain({ maxWaitMs: 5000 });
  expect(harness.spool.gateway(harness.gateway.url).circuit).toBe('open');
  const settled = { code: 'c', detail: 'd', security: false };
  harness.spool.settle([1, 2, 3].map((seq) => ({ kind: 'quarantined', seq, ...settled })));
  harness.spool.retryQuarantined('all');
  harness.gateway.script = accepted;
  expect(await harness.delivery.drain({ probeNow: true })).toMatchObject({ delivered: 3, pending: 0 });
});
