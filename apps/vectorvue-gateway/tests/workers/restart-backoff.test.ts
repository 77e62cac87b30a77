import { expect, test } from '@jest/globals';
import { RestartBackoff } from '../../src/workers/restart-backoff.ts';

test('at once, then longer each time that it dies young, and never beyond the bound', () => {
  const backoff = new RestartBackoff();
  const delays = Array.from({ length: 10 }, () => backoff.nextDelayMs(500));
  expect(delays).toEqual([0, 250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000, 10_000]);
  expect(backoff.youngDeaths).toBe(10);
});

test('a long life makes the next death the first one again', () => {
  const backoff = new RestartBackoff();
  for (let round = 0; round < 5; round += 1) backoff.nextDelayMs(0);
  expect(backoff.nextDelayMs(10_000)).toBe(0);
  expect(backoff.nextDelayMs(9_999)).toBe(250);
});
