import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { type ReadinessParts, watchReadiness } from '../../src/accept/readiness.ts';

type Complaint = ReadinessParts['signing']['complaint'];

function partsWith(complaint: Complaint): ReadinessParts {
  return {
    db: { query: async () => [{ now_ms: 0 }] },
    trust: { current: () => ({ stale: false }) },
    signing: { complaint },
    clock: { now: () => 0 },
    onAway: () => undefined,
  } as unknown as ReadinessParts;
}

/** A store that can be away, and trust that only it can confirm again. */
function partsAfterOutage() {
  const store = { isThere: true, pings: 0, isTrustStale: false, toldAway: 0 };
  const ask = async () => {
    if (!store.isThere) throw new Error('away');
  };
  const parts = {
    db: {
      query: async () => {
        store.pings += 1;
        await ask();
        return [{ now_ms: 0 }];
      },
    },
    trust: {
      current: () => ({ stale: store.isTrustStale }),
      refresh: async () => {
        await ask();
        store.isTrustStale = false;
      },
    },
    signing: { complaint: async () => null },
    clock: { now: () => 0 },
    onAway: () => {
      store.toldAway += 1;
    },
  };
  return { store, parts: parts as unknown as ReadinessParts };
}

describe('a store that was away', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  test('is asked more often than one that is there', async () => {
    const { store, parts } = partsAfterOutage();
    const readiness = await watchReadiness(parts);
    const pingsInASecond = async (): Promise<number> => {
      const before = store.pings;
      await jest.advanceTimersByTimeAsync(1_000);
      return store.pings - before;
    };
    expect(await pingsInASecond()).toBe(1);
    expect(store.toldAway).toBe(0);
    store.isThere = false;
    readiness.suspectStore();
    await jest.advanceTimersByTimeAsync(0);
    expect(readiness.storeUp()).toBe(false);
    expect(store.toldAway).toBe(1);
    expect(await pingsInASecond()).toBe(5);
    expect(store.toldAway).toBe(6);
    readiness.close();
  });

  test('is not up before trust is confirmed again, and takes the first request after that', async () => {
    const { store, parts } = partsAfterOutage();
    store.isThere = false;
    const readiness = await watchReadiness(parts);
    store.isTrustStale = true;
    store.isThere = true;
    readiness.suspectStore();
    await jest.advanceTimersByTimeAsync(0);
    // Both, because a request is sent away by either; and by one ping, no interval later.
    expect([readiness.storeUp(), parts.trust.current().stale]).toEqual([true, false]);
    readiness.close();
  });

  test('is up without trust that cannot be read: what is missing is named for what it is', async () => {
    const { store, parts } = partsAfterOutage();
    store.isTrustStale = true;
    jest.spyOn(parts.trust, 'refresh').mockRejectedValue(new Error('no table'));
    const readiness = await watchReadiness(parts);
    expect(await readiness.reasons()).toEqual(['trust: not confirmed by the database lately']);
    readiness.close();
  });
});

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
