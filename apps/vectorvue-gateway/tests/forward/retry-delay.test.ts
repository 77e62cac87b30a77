import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { retryDelayMs } from '../../src/forward/retry-delay.ts';

const settings = { min_ms: 1_000, max_ms: 300_000 };

test('grows to the bound, with jitter over its upper half', () => {
  expect([1, 2, 3, 9, 10, 1_000].map((failures) => retryDelayMs(failures, settings, () => 1))).toEqual([
    1_000, 2_000, 4_000, 256_000, 300_000, 300_000,
  ]);
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 10_000 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (failures, random) => {
        const longest = retryDelayMs(failures, settings, () => 1);
        const delay = retryDelayMs(failures, settings, () => random);
        expect(delay).toBeGreaterThanOrEqual(longest / 2);
        expect(delay).toBeLessThanOrEqual(longest);
      },
    ),
  );
});

test('Retry-After is a lower bound, up to an hour', () => {
  expect(retryDelayMs(1, settings, () => 1, 7_000)).toBe(7_000);
  expect(retryDelayMs(9, settings, () => 1, 7_000)).toBe(256_000);
  expect(retryDelayMs(1, settings, () => 1, 86_400_000)).toBe(3_600_000);
});
