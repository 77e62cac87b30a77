import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { type ReadinessParts, watchReadiness } from '../../src/accept/readiness.ts';

const HANGING = () => new Promise<never>(() => undefined);
type Health = NonNullable<ReadinessParts['activeFeedback']>['signer']['health'];

function partsWith(health: Health): ReadinessParts {
  const active = { state: 'active' };
  return {
    db: { query: async () => [{ now_ms: 0 }] },
    trust: { current: () => ({ stale: false, keyById: () => active }) },
    activeFeedback: { kid: 'k', signer: { health } },
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

  const cases: readonly (readonly [string, Health, readonly string[]])[] = [
    ['signs', async () => ({ ok: true }), []],
    ['says no', async () => ({ ok: false, reason: 'r' }), ['keys: the feedback key cannot sign']],
    ['does not answer', HANGING, ['keys: the feedback key cannot sign']],
  ];
  test.each(cases)('a custodian that %s', async (_name, health, expected) => {
    const readiness = await watchReadiness(partsWith(health));
    const reasons = readiness.reasons();
    await jest.advanceTimersByTimeAsync(3_000);
    expect(await reasons).toEqual(expected);
    readiness.close();
  });
});
