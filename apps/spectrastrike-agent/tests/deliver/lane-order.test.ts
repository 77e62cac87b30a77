import { expect, test } from '@jest/globals';
import { LaneOrder } from '../../src/deliver/lane-order.ts';

test('a batch that came back holds the lane until it is recorded, also after the one behind it gave up', async () => {
  const order = new LaneOrder();
  const batch = order.next();
  const behind = order.next();
  expect(order.isHeld).toBe(false);
  batch.open(false);
  expect(await behind.before).toBe(false);
  behind.open(false);
  order.end(behind);
  expect(order.isHeld).toBe(true);
  order.end(batch);
  expect(order.isHeld).toBe(false);
  expect(await order.next().before).toBe(true);
});

test('the way is opened once, and by the end at the latest', async () => {
  const order = new LaneOrder();
  const first = order.next();
  const second = order.next();
  expect(first.behind).toBe(second);
  first.open(true);
  first.open(false);
  expect(await second.before).toBe(true);
  const third = order.next();
  order.end(second);
  expect(await third.before).toBe(true);
  await second.handedOver;
});
