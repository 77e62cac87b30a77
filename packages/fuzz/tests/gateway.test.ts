import { expect, test } from '@jest/globals';
import { describeFailure } from '../src/failure.ts';
import { fuzzGateway } from '../src/gateway/run-gateway.ts';

/** The seed is fixed, so that what fails here fails again; the long form draws one. */
test('1,500 mutated requests against the real gateway: no answer, no row and no log line that must not be', async () => {
  const run = await fuzzGateway({ seed: 'short', cases: 1500 });
  expect(run.failures.map(describeFailure)).toEqual([]);
  expect(run.cases).toBe(1500);
  // Not by refusing everything, and not by one reason alone.
  expect(run.stored.events).toBeGreaterThan(100);
  expect(run.stored.graphs).toBeGreaterThan(20);
  expect(run.stored.findings).toBeGreaterThan(20);
  expect(run.outcomes.size).toBeGreaterThan(15);
}, 300_000);
