import { beforeAll, expect, test } from '@jest/globals';
import { verifyAuditLog } from '../../src/audit/verify.ts';
import { createCommit } from '../../src/commit/commit-to-database.ts';
import { event, newParty, refusal, telemetry } from '../store/requests.ts';
import { countOf, forEachStore } from '../store/stores.ts';

const LIMITS = { nonceTtlSeconds: 120, nonceLimitPerIdentity: 1_000_000, rateLimitPerMinute: 0 };
const SIZE = 2_300;
/** No audit key, so nothing is integrated. */
const UNSIGNED = { pruned: 0, tiles: 0, checkpoints: 0, cosignatures: 0, signed: 0 };

forEachStore('verifying the log', (store) => {
  const party = newParty();

  beforeAll(async () => {
    const commit = createCommit(store().db, LIMITS);
    const items = Array.from({ length: 1_000 }, (_, n) => event(`e${n}`));
    await commit([telemetry(party, items, { endpoint: 'telemetry-batch' })]);
    await commit([telemetry(party, items, { endpoint: 'telemetry-batch' })]);
    await commit(Array.from({ length: 300 }, () => refusal(party, null)));
  });

  test('a sound log, with progress', async () => {
    const progress: [number, number][] = [];
    expect(await verifyAuditLog(store().db, { onProgress: (...seen) => progress.push(seen) })).toEqual({
      ok: true,
      size: SIZE,
      undisclosed: 0,
      ...UNSIGNED,
    });
    expect(progress).toEqual([
      [1_000, SIZE],
      [2_000, SIZE],
      [SIZE, SIZE],
    ]);
    expect(await countOf(store().db, 'audit_log')).toBe(SIZE);
  });

  test.each([
    [
      'an entry that is missing in the middle',
      'DELETE FROM audit_log WHERE sequence = 1500',
      { sequence: 1_500, kind: 'gap' },
    ],
    ['the first entry missing', 'DELETE FROM audit_log WHERE sequence = 0', { sequence: 0, kind: 'gap' }],
    [
      'a tail cut off',
      `DELETE FROM audit_log WHERE sequence >= ${SIZE - 3}`,
      { sequence: SIZE - 3, kind: 'gap' },
    ],
    [
      'a head set back',
      `UPDATE audit_head SET size = ${SIZE - 1}`,
      { sequence: SIZE - 1, kind: 'head_size_mismatch' },
    ],
    ['a head set forward', `UPDATE audit_head SET size = ${SIZE + 1}`, { sequence: SIZE, kind: 'gap' }],
    [
      'an entry with one character changed',
      `UPDATE audit_log SET entry = replace(entry, '"v":1', '"v":2') WHERE sequence = 7`,
      { sequence: 7, kind: 'wrong_leaf' },
    ],
    [
      'a leaf hash with one bit changed',
      'UPDATE audit_log SET leaf_hash = set_bit(leaf_hash, 0, 1 - get_bit(leaf_hash, 0)) WHERE sequence = 2299',
      { sequence: 2_299, kind: 'wrong_leaf' },
    ],
    [
      'a column that says another code than the entry',
      `UPDATE audit_log SET code = 'accepted' WHERE sequence = 2100`,
      { sequence: 2_100, kind: 'wrong_entry' },
    ],
    [
      'an entry in another place, hashed anew',
      `UPDATE audit_log SET entry = (SELECT entry FROM audit_log WHERE sequence = 11),
         leaf_hash = (SELECT leaf_hash FROM audit_log WHERE sequence = 11) WHERE sequence = 10`,
      { sequence: 10, kind: 'wrong_entry' },
    ],
    [
      'an entry that is no JSON, hashed anew',
      `UPDATE audit_log SET entry = 'x', leaf_hash = sha256('\\x0078'::bytea) WHERE sequence = 1001`,
      { sequence: 1_001, kind: 'wrong_entry' },
    ],
    [
      'a disclosed value that was changed',
      `UPDATE audit_log SET disclosure = replace(disclosure, '"e5"', '"e6"') WHERE sequence = 5`,
      { sequence: 5, kind: 'wrong_disclosure' },
    ],
    [
      'a disclosure of what was never committed to',
      `UPDATE audit_log SET disclosure = '{"x":{"salt":"${'0'.repeat(64)}","value":"y"}}' WHERE sequence = 6`,
      { sequence: 6, kind: 'wrong_disclosure' },
    ],
    [
      'a disclosure that is no JSON',
      `UPDATE audit_log SET disclosure = '[' WHERE sequence = 6`,
      { sequence: 6, kind: 'wrong_disclosure' },
    ],
    [
      'an entry that was moved to another tenant',
      `UPDATE audit_log SET tenant_id = '22222222-2222-4222-8222-222222222222' WHERE sequence = 8`,
      { sequence: 8, kind: 'wrong_disclosure' },
    ],
  ])('%s is found, and where', async (_, tampering, fault) => {
    await store().asOwner(
      `SET search_path = federation; CREATE TABLE kept AS SELECT * FROM audit_log; ${tampering}`,
    );
    try {
      const found = await verifyAuditLog(store().db);
      expect(found).toMatchObject({ ok: false, fault });
    } finally {
      await store().asOwner(`TRUNCATE federation.audit_log; INSERT INTO federation.audit_log SELECT * FROM federation.kept;
        DROP TABLE federation.kept; UPDATE federation.audit_head SET size = ${SIZE}`);
    }
  });

  test('what was erased on purpose is counted and is no fault', async () => {
    await store().asOwner(`UPDATE federation.audit_log SET disclosure = '{}' WHERE sequence = 3`);
    expect(await verifyAuditLog(store().db)).toEqual({ ok: true, size: SIZE, undisclosed: 3, ...UNSIGNED });
  });
});
