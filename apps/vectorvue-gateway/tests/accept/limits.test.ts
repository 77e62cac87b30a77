import { expect, test } from '@jest/globals';
import { createPeerLimiter } from '../../src/accept/admit-peer.ts';
import { createRefusalSampler } from '../../src/accept/refusal-sampler.ts';

test('the peer limiter holds one second’s worth, per identity, and 0 is no limit', () => {
  const limiter = createPeerLimiter(2);
  const admit = (identity: string, nowMs: number, attempt = 0) => limiter.admit(identity, nowMs, attempt).ok;
  expect([admit('a', 0), admit('a', 0), admit('a', 0), admit('b', 0)]).toEqual([true, true, false, true]);
  expect([admit('a', 499), admit('a', 500), admit('a', 500)]).toEqual([false, true, false]);
  expect(admit('a', 500, 1)).toBe(true);
  expect([admit('a', 3_600_000), admit('a', 3_600_000), admit('a', 3_600_000)]).toEqual([true, true, false]);
  expect(createPeerLimiter(0).admit('a', 0, 0).ok).toBe(true);
});

test('a clock that is set back neither refills nor blocks for ever', () => {
  const limiter = createPeerLimiter(1);
  expect(limiter.admit('a', 10_000, 0).ok).toBe(true);
  expect(limiter.admit('a', 0, 0).ok).toBe(false);
  expect(limiter.admit('a', 1000, 0).ok).toBe(true);
});

test('refusals are sampled per kind and minute', () => {
  const sampler = createRefusalSampler(2);
  expect([0, 1, 2, 59_999].map((nowMs) => sampler.take('a', nowMs))).toEqual([true, true, false, false]);
  expect(sampler.take('b', 3)).toBe(true);
  expect(sampler.take('a', 60_000)).toBe(true);
  expect(createRefusalSampler(0).take('a', 0)).toBe(false);
});
