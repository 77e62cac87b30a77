import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { readDeliveryStatus } from '../../src/status/delivery-status.ts';
import { createHarness, createSuite, type Harness, type Suite } from '../support/delivery-harness.ts';
import { laneOf, newEvents, TENANT } from '../support/events.ts';
import { ACCEPTED, problem } from '../support/scripted-gateway.ts';

let suite: Suite;
let harness: Harness;

beforeAll(async () => {
  suite = await createSuite();
});
afterAll(() => suite.remove());
beforeEach(async () => {
  harness = await createHarness(suite);
});
afterEach(() => harness.close());

const status = () => readDeliveryStatus(harness.state, harness.spool, harness.clock.now());

test('first attempts leave in order of arrival, and one in backoff does not hold those behind it', async () => {
  const { gateway, spool, delivery } = harness;
  const attempts = new Map<string, number>();
  gateway.script = ({ eventId }) => {
    attempts.set(eventId, (attempts.get(eventId) ?? 0) + 1);
    const isBad = eventId === 'test-e0003' && (attempts.get(eventId) ?? 0) < 4;
    return isBad ? problem(500, 'internal_error') : ACCEPTED;
  };
  const events = newEvents(40);
  spool.enqueue(laneOf(gateway.url), null, events);
  expect(await delivery.drain({ maxWaitMs: 600_000 })).toMatchObject({ delivered: 40, pending: 0 });
  const first = gateway.requests
    .map((one) => one.eventId)
    .filter((id, index, all) => all.indexOf(id) === index);
  // Requests go over several connections, so the server may see neighbours in another order; not more than that.
  const places = events.map((event) => first.indexOf(event.eventId));
  const moved = places.map((place, index) => Math.abs(place - index));
  expect(Math.max(...moved)).toBeLessThan(8);
  // The one that failed came last, long after those behind it.
  expect(gateway.requests.at(-1)?.eventId).toBe('test-e0003');
  expect(attempts.get('test-e0003')).toBe(4);
});

test('tenants of one gateway take turns, however many each has waiting', async () => {
  const one = await createHarness(suite, { concurrency: 1 });
  one.spool.enqueue(laneOf(one.gateway.url), null, newEvents(30));
  one.spool.enqueue(laneOf(one.gateway.url, 'op-002', TENANT.replace('10', '20')), null, newEvents(5, 'b'));
  await one.delivery.drain();
  const sent = one.gateway.requests.map(({ eventId }) => (eventId.startsWith('test-b') ? 'b' : 'a')).join('');
  expect(sent.replace(/^a/, '').slice(0, 9)).toBe('babababab');
  expect(sent).toHaveLength(35);
  await one.close();
});

test("the gateway's rate limit is what is waited for: by which code, until when, and how long all of it will take", async () => {
  const { gateway, spool, delivery, clock } = harness;
  let left = 10;
  gateway.script = () => {
    left -= 1;
    return left < 0
      ? { ...(problem(429, 'rate_limited') as object), headers: { 'retry-after': '30' }, status: 429 }
      : ACCEPTED;
  };
  spool.enqueue(laneOf(gateway.url), null, newEvents(40));
  const summary = await delivery.drain({ maxWaitMs: 0 });
  expect(summary.waiting).toMatchObject({ reason: 'rate_limited' });
  const [lane] = status().lanes;
  const until = lane?.heldUntilMs ?? 0;
  expect(until - clock.now()).toBeGreaterThanOrEqual(29_000);
  expect(lane?.ratePerSecond).toBeCloseTo(10 / 60);
  expect(lane?.waiting).toEqual({
    reason: 'rate_limited',
    code: summary.waiting?.code,
    untilMs: until,
    drainMs: 180_000 + until - clock.now(),
  });
  // When the time is over, it is not said any more.
  await clock.wait(60_001, new AbortController().signal);
  expect(status().lanes[0]).toMatchObject({ waiting: null, ratePerSecond: 0 });
});

test('any success closes the circuit, and everything that waits leaves at once, in every lane', async () => {
  const { gateway, spool, delivery } = harness;
  gateway.script = () => problem(503, 'service_unavailable');
  spool.enqueue(laneOf(gateway.url), null, newEvents(6));
  spool.enqueue(laneOf(gateway.url, 'op-002', TENANT.replace('10', '20')), null, newEvents(6, 'b'));
  await delivery.drain({ maxWaitMs: 100_000 });
  expect(status().gateways).toMatchObject([{ circuit: 'open', lastCode: 'service_unavailable' }]);
  expect(status().lanes.map((one) => one.waiting?.reason)).toEqual(['gateway_away', 'gateway_away']);
  gateway.script = () => ACCEPTED;
  gateway.requests.length = 0;
  const { jumps } = harness.clock;
  const jumpsBefore = jumps.length;
  await delivery.drain({ maxWaitMs: 600_000 });
  expect(status()).toMatchObject({ pending: 0, gateways: [{ circuit: 'closed' }] });
  // The probe may have waited for its time; what was behind it did not wait for its own.
  expect(jumps.slice(jumpsBefore + 1).filter((ms) => ms > 0)).toEqual([]);
});
