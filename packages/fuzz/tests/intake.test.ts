import { expect, test } from '@jest/globals';
import { describeFailure } from '../src/failure.ts';
import { fuzzIntake } from '../src/intake/run-intake.ts';

test('60 mutated reports of each of seven formats: events that a gateway takes, or faults', () => {
  const run = fuzzIntake({ seed: 'short', casesPerFormat: 60 });
  expect(run.failures.map(describeFailure)).toEqual([]);
  expect(run.cases).toBe(420);
  expect(run.events).toBeGreaterThan(100);
  expect(run.faults).toBeGreaterThan(50);
}, 300_000);
