import { expect, test } from '@jest/globals';
import { percentiles } from '../src/percentiles.ts';

test('nearest rank over all parts together', () => {
  const first = Float64Array.from({ length: 500 }, (_, index) => 1000 - index);
  const second = Float64Array.from({ length: 500 }, (_, index) => index + 1);
  expect(percentiles([first, second])).toEqual({ p50: 500, p99: 990, p999: 999, max: 1000 });
});

test('one value is every percentile, and no value is none', () => {
  expect(percentiles([Float64Array.of(7)])).toEqual({ p50: 7, p99: 7, p999: 7, max: 7 });
  expect(percentiles([new Float64Array(0)])).toBeNull();
});
