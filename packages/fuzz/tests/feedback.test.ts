import { expect, test } from '@jest/globals';
import { describeFailure } from '../src/failure.ts';
import { fuzzCommandLine } from '../src/feedback/lying-gateway.ts';
import { fuzzFeedback } from '../src/feedback/run-feedback.ts';

test('2,000 mutated feedback answers: nothing unverified is applied, everything verified is', () => {
  const run = fuzzFeedback({ seed: 'short', cases: 2000 });
  expect(run.failures.map(describeFailure)).toEqual([]);
  expect(run.cases).toBe(2000);
  expect(run.recorded).toBeGreaterThan(100);
  expect(run.outcomes.size).toBeGreaterThan(6);
}, 300_000);

test('3 answers of a lying gateway to the real agent: nothing is applied, no process breaks', async () => {
  const run = await fuzzCommandLine('short', 3);
  expect(run.failures.map(describeFailure)).toEqual([]);
  expect(run).toMatchObject({ cases: 3, accepted: 0 });
}, 300_000);
