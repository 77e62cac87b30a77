import { expect, test } from '@jest/globals';
import { verifyAuditLog } from '../../src/audit/verify.ts';
import { createCommit } from '../../src/commit/commit-to-database.ts';
import type { CommitOutcome, CommitRequest } from '../../src/store/commit-types.ts';
import { adjustment, event, newNonce, newParty, refusal, request, summary, telemetry } from './requests.ts';
import { countOf, forEachStore, keepingLogger, rowsOf } from './stores.ts';

const LIMITS = { nonceTtlSeconds: 120, nonceLimitPerIdentity: 1_000_000, rateLimitPerMinute: 0 };

/** mulberry32: the storm is the same every time. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

forEachStore('flushes at the same time', (store) => {
  test('one nonce, twelve connections: one of them has it', async () => {
    const party = newParty();
    const nonceClaim = { nonce: newNonce(), timestamp: 1_800_000_000 };
    const databases = await Promise.all([1, 2, 3].map(() => store().another()));
    const flushes = Array.from({ length: 12 }, (_, n) =>
      createCommit(
        databases[n % 3] ?? store().db,
        LIMITS,
      )([telemetry(party, [event(`e${n}`)], { nonceClaim })]),
    );
    const outcomes = (await Promise.all(flushes)).flat();
    expect(summary(outcomes).toSorted()).toEqual(['committed:accepted', ...Array(11).fill('replay')]);
    expect(await countOf(store().db, 'events WHERE tenant_id = $1', [party.tenantId])).toBe(1);
  });

  test('one event, twelve connections: one accepted, eleven duplicates', async () => {
    const party = newParty();
    const databases = await Promise.all([1, 2, 3].map(() => store().another()));
    const outcomes = await Promise.all(
      Array.from({ length: 12 }, (_, n) =>
        createCommit(databases[n % 3] ?? store().db, LIMITS)([telemetry(party, [event('e1')])]),
      ),
    );
    expect(summary(outcomes.flat()).toSorted()).toEqual([
      'committed:accepted',
      ...Array(11).fill('committed:duplicate'),
    ]);
  });

  test('a seeded storm over few keys: no deadlock, no nonce twice, nothing lost, the sequence unbroken', async () => {
    const random = seeded(20_261_123);
    const pick = (n: number) => Math.floor(random() * n);
    const parties = [newParty(), newParty(), newParty()];
    const logger = keepingLogger();
    const databases = await Promise.all([1, 2, 3, 4].map(() => store().another()));
    const oneOf = (): CommitRequest => {
      const party = parties[pick(3)] ?? newParty();
      const nonceClaim = { nonce: `storm-nonce-${pick(150)}`, timestamp: 1_800_000_000 };
      const over = { nonceClaim, rateLimit: { scope: 'telemetry' as const, cost: 1 } };
      switch (pick(5)) {
        case 0:
          return refusal(party, Buffer.from('x'), { nonceClaim });
        case 1:
          return request(
            party,
            {
              kind: 'query',
              issued: { count: 1, feedbackKid: 'f', inputSha256: '0' },
              reissued: [0, 1, 2].map(() =>
                adjustment({ cause: 'analyst', causeId: `a${pick(4)}`, timestamp: pick(1_000) }),
              ),
            },
            { nonceClaim, endpoint: 'feedback-query' },
          );
        default:
          return telemetry(
            party,
            Array.from({ length: 1 + pick(4) }, () =>
              event(`s${pick(60)}`, { severity: 'high' }, `v${pick(2)}`),
            ),
            over,
          );
      }
    };
    const sent: CommitRequest[] = [];
    const got: CommitOutcome[] = [];
    await Promise.all(
      databases.map(async (db) => {
        const commit = createCommit(db, { ...LIMITS, rateLimitPerMinute: 100_000, logger });
        for (let round = 0; round < 12; round += 1) {
          const flush = Array.from({ length: 1 + pick(25) }, oneOf);
          const outcomes = await commit(flush);
          sent.push(...flush);
          got.push(...outcomes);
        }
      }),
    );
    expect(logger.lines).toEqual([]);
    expect(new Set(got.map((outcome) => outcome.status))).toEqual(new Set(['committed', 'replay']));

    const identities = parties.map((party) => party.identity);
    const tenants = parties.map((party) => party.tenantId);
    const claims = new Map<string, number>();
    let accepted = 0;
    let entries = 0;
    const sequences: number[] = [];
    for (const [index, outcome] of got.entries()) {
      const one = sent[index];
      if (outcome.status === 'replay') entries += 1;
      if (one === undefined || outcome.status !== 'committed') continue;
      const key = `${one.identity} ${one.nonceClaim?.nonce}`;
      claims.set(key, (claims.get(key) ?? 0) + 1);
      entries += outcome.items.length;
      sequences.push(...outcome.items.map((item) => item.sequence));
      accepted += outcome.items.filter((item) => item.status === 'accepted').length;
    }
    expect(Math.max(...claims.values())).toBe(1);
    expect(await countOf(store().db, 'nonces WHERE identity = ANY ($1)', [identities])).toBe(claims.size);
    const counters = await rowsOf<{ living: number }>(
      store().db,
      'SELECT sum(living)::bigint AS living FROM nonce_counters WHERE identity = ANY ($1)',
      [identities],
    );
    expect(counters[0]?.living).toBe(claims.size);
    expect(await countOf(store().db, 'events WHERE tenant_id = ANY ($1)', [tenants])).toBe(accepted);
    expect(await countOf(store().db, 'findings WHERE tenant_id = ANY ($1)', [tenants])).toBe(accepted);
    expect(await countOf(store().db, 'audit_log WHERE tenant_id = ANY ($1)', [tenants])).toBe(entries);
    expect(new Set(sequences).size).toBe(sequences.length);
    // Every event points to evidence, and no evidence is there without one.
    expect(
      await countOf(
        store().db,
        `events e FULL JOIN evidence v ON v.tenant_id = e.tenant_id AND v.request_id = e.request_id
          WHERE coalesce(e.tenant_id, v.tenant_id) = ANY ($1) AND (e.event_id IS NULL OR v.request_id IS NULL)`,
        [tenants],
      ),
    ).toBe(0);
    expect(await verifyAuditLog(store().db)).toMatchObject({ ok: true });
  });
});
