import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { type ReadinessParts, watchReadiness } from '../../src/accept/readiness.ts';

type Complaint = ReadinessParts['signing']['complaint'];

function partsWith(complaint: Complaint): ReadinessParts {
  return {
    db: { query: async () => [{ now_ms: 0 }] },
    trust: { current: () => ({ stale: false }) },
    signing: { complaint },
    clock: { now: () => 0 },
  } as unknown as ReadinessParts;
}

describe('readiness and the custodian of the feedback key', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  const cases: readonly (readonly [string, Complaint, readonly string[]])[] = [
    ['signs', async () => null, []],
    ['says no', async () => 'keys: said no', ['keys: said no']],
    ['does not answer', () => new Promise(() => undefined), ['keys: the feedback key cannot sign']],
    ['fails', () => Promise.reject(new Error('failed')), ['keys: the feedback key cannot sign']],
  ];
  test.each(cases)('a custodian that %s', async (_name, complaint, expected) => {
    const readiness = await watchReadiness(partsWith(complaint));
    const reasons = readiness.reasons();
    await jest.advanceTimersByTimeAsync(3_000);
    expect(await reasons).toEqual(expected);
    readiness.close();
  });
});
