import { expect, test } from '@jest/globals';
import { createCommit } from '../../src/commit/commit-to-database.ts';
import { createNonceSweeper } from '../../src/store/sweep-expired-nonces.ts';
import { event, newParty, refusal, summary, telemetry } from './requests.ts';
import { countOf, forEachStore, keepingLogger, rowsOf } from './stores.ts';

const LIMITS = { nonceTtlSeconds: 120, nonceLimitPerIdentity: 1_000_000, rateLimitPerMinute: 0 };

forEachStore('the sweep', (store, onPostgres) => {
  const expire = (identity: string) =>
    store().asOwner(
      `UPDATE federation.nonces SET expires_at = now() - interval '1 second' WHERE identity = '${identity}'`,
    );
  const living = async (identity: string) => {
    const [row] = await rowsOf<{ living: number }>(
      store().db,
      'SELECT living FROM nonce_counters WHERE identity = $1',
      [identity],
    );
    return row?.living;
  };

  test('removes what has expired, in batches, and nothing that lives; the counters follow', async () => {
    const [old, fresh] = [newParty(), newParty()];
    await createCommit(store().db, LIMITS)(Array.from({ length: 25 }, () => refusal(old, null)));
    await createCommit(store().db, LIMITS)(Array.from({ length: 7 }, () => refusal(fresh, null)));
    await expire(old.identity);
    const pauses: number[] = [];
    const sweeper = createNonceSweeper(store().db, {
      logger: keepingLogger(),
      batch: 10,
      pauseMs: 5,
      sleep: async (ms) => {
        pauses.push(ms);
      },
    });
    expect(await sweeper.sweep()).toBe(25);
    expect(pauses).toEqual([5, 5]);
    expect(await countOf(store().db, 'nonces WHERE identity = $1', [old.identity])).toBe(0);
    expect(await countOf(store().db, 'nonces WHERE identity = $1', [fresh.identity])).toBe(7);
    expect(await living(old.identity)).toBe(0);
    expect(await living(fresh.identity)).toBe(7);
    expect(await countOf(store().db, 'nonce_sweeps')).toBe(0);
  });

  onPostgres(
    'does not wait for a counter that is held; the commit takes the sweep off when it matters',
    async () => {
      const party = newParty();
      await createCommit(store().db, LIMITS)(Array.from({ length: 3 }, () => refusal(party, null)));
      await expire(party.identity);
      const holder = await store().another();
      const sweeper = createNonceSweeper(store().db, { logger: keepingLogger() });
      await holder.transaction(async (tx) => {
        await rowsOf(tx, 'SELECT FROM nonce_counters WHERE identity = $1 FOR UPDATE', [party.identity]);
        expect(await sweeper.sweep()).toBe(3);
        expect(await living(party.identity)).toBe(3);
      });
      const sent = [telemetry(party, [event('e1')]), telemetry(party, [event('e2')])];
      expect(summary(await createCommit(store().db, { ...LIMITS, nonceLimitPerIdentity: 2 })(sent))).toEqual([
        'committed:accepted',
        'committed:accepted',
      ]);
      expect(await living(party.identity)).toBe(2);
    },
  );

  onPostgres('skips a nonce that a commit is claiming again', async () => {
    const party = newParty();
    await createCommit(store().db, LIMITS)([refusal(party, null), refusal(party, null)]);
    await expire(party.identity);
    const holder = await store().another();
    const sweeper = createNonceSweeper(store().db, { logger: keepingLogger() });
    await holder.transaction(async (tx) => {
      await rowsOf(tx, 'SELECT FROM nonces WHERE identity = $1 LIMIT 1 FOR UPDATE', [party.identity]);
      expect(await sweeper.sweep()).toBe(1);
    });
    expect(await sweeper.sweep()).toBe(1);
  });

  test('runs by itself between start and stop, and goes on after a failure', async () => {
    const party = newParty();
    await createCommit(store().db, LIMITS)([refusal(party, null)]);
    const logger = keepingLogger();
    let broken = true;
    let wake = () => {};
    const rounds: number[] = [];
    const real = store().db;
    const flaky: typeof real = Object.create(real, {
      transaction: {
        value: (work: Parameters<typeof real.transaction>[0]) => {
          if (broken) return Promise.reject(new Error('away'));
          return real.transaction(work);
        },
      },
    });
    const sweeper = createNonceSweeper(flaky, {
      logger,
      intervalMs: 1_000,
      sleep: (ms, signal) =>
        new Promise((resolve) => {
          rounds.push(ms);
          wake = resolve;
          signal.addEventListener('abort', () => resolve());
        }),
    });
    sweeper.start();
    sweeper.start();
    while (rounds.length < 1) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(logger.lines).toMatchObject([{ message: 'store.sweep_failed' }]);
    broken = false;
    await expire(party.identity);
    wake();
    while (rounds.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await countOf(store().db, 'nonces WHERE identity = $1', [party.identity])).toBe(0);
    await sweeper.stop();
    expect(rounds).toEqual([1_000, 1_000]);
  });
});
