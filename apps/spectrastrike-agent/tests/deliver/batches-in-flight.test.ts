import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { LARGEST_BATCH_BYTES } from '../../src/deliver/batch-sizing.ts';
import type { GatewayClient } from '../../src/gateway-client.ts';
import { BATCH_PATH, expectEachOnce, sizesOf, takesBatches } from '../support/batch-gateway.ts';
import {
  connectClient,
  createHarness,
  createSuite,
  type Harness,
  type Suite,
} from '../support/delivery-harness.ts';
import { laneOf, newEvent } from '../support/events.ts';
import { problem, type Script } from '../support/scripted-gateway.ts';

let suite: Suite;
let harness: Harness;

beforeAll(async () => {
  suite = await createSuite();
});
afterAll(() => suite.remove());
afterEach(() => harness.close());

interface Post {
  /** Requests under way, this one included. */
  readonly underWay: number;
  /** Recorded as delivered when it left. */
  readonly delivered: number;
}

async function drain(script: Script, count: number): Promise<{ posts: Post[]; ids: string[] }> {
  harness = await createHarness(suite, { script, batches: true });
  const description = 'x'.repeat(2000);
  const events = Array.from({ length: count }, (_, index) => newEvent(`e${index}`, description));
  harness.spool.enqueue(laneOf(harness.gateway.url), null, events);
  const real = await connectClient(suite, harness.gateway.url);
  const posts: Post[] = [];
  let underWay = 0;
  const client: GatewayClient = {
    ...real,
    post: async (...request) => {
      underWay += 1;
      posts.push({ underWay, delivered: harness.spool.counts()[0]?.delivered ?? 0 });
      try {
        return await real.post(...request);
      } finally {
        underWay -= 1;
      }
    },
  };
  try {
    await harness.restart({ client }).drain({ maxWaitMs: 60_000 });
  } finally {
    real.close();
  }
  return { posts, ids: events.map((event) => event.eventId) };
}

test('however much the gateway takes: batches of 1 MiB at most, one after the other, all in order', async () => {
  const { posts, ids } = await drain(takesBatches(), 3000);
  const { requests } = harness.gateway;
  expectEachOnce(requests, ids);
  const bytes = requests.map((request) => request.body.length);
  expect(Math.max(...bytes)).toBeLessThanOrEqual(LARGEST_BATCH_BYTES);
  expect(Math.max(...bytes)).toBeGreaterThan(LARGEST_BATCH_BYTES * 0.9);
  expect(posts.map((post) => post.underWay)).toEqual(posts.map(() => 1));
  // Once the gateway is known to take batches, the next one leaves before the answer to the last was written down.
  const [first = 0] = sizesOf(requests);
  expect(posts.slice(0, 3).map((post) => post.delivered)).toEqual([0, first, first]);
});

test('a gateway that refuses the first batch gets no second one', async () => {
  const takes = takesBatches();
  let refused = 0;
  await drain((request) => {
    if (refused > 0) return takes(request);
    refused += 1;
    return problem(413, 'payload_too_large');
  }, 200);
  expect(harness.gateway.requests.filter((request) => request.path === BATCH_PATH)).toHaveLength(1);
  expect(sizesOf(harness.gateway.requests.slice(1))).toEqual(Array.from({ length: 200 }, () => 1));
});
