import { expect, test } from '@jest/globals';
import { createCommit } from '../../src/commit/commit-to-database.ts';
import type { CommitRequest } from '../../src/store/commit-types.ts';
import { event, newParty, refusal, summary, telemetry } from './requests.ts';
import { countOf, forEachStore, rowsOf } from './stores.ts';

const LIMITS = { nonceTtlSeconds: 120, nonceLimitPerIdentity: 1_000_000, rateLimitPerMinute: 60 };

/** Legal in JSON and in the schema, and each a classic way to break a text array, a literal or a text column. */
const AWKWARD = [
  '',
  ' ',
  'NULL',
  'null',
  '{}',
  '{"a","b"}',
  'a,b',
  '"',
  '\\',
  '\\"',
  "'; DROP TABLE events; --",
  "$$ $1 ' || 'x",
  '\u0000',
  'a\u0000b\u0000',
  '\u2400',
  '\u24000',
  '\u2400\u2400\u0000',
  '\u007f\u0080\ufeff\uffff',
  '\u{1F600}\u{10FFFF}',
  'line\nbreak\ttab\r',
];

forEachStore('values on their way through the commit', (store) => {
  const commit = (requests: readonly CommitRequest[]) =>
    createCommit(store().db, { ...LIMITS, logger: store().logger })(requests);

  test('awkward strings come back as they were, one by one and side by side', async () => {
    const party = newParty();
    const sent = AWKWARD.map((text, index) =>
      telemetry(party, [
        event(`e${index}`, {
          campaignId: text,
          assetRef: text,
          targetUrn: text,
          observedAtText: text,
          severity: 'high',
        }),
      ]),
    );
    expect(summary(await commit(sent))).toEqual(AWKWARD.map(() => 'committed:accepted'));
    const rows = await rowsOf<Record<string, string>>(
      store().db,
      `SELECT e.campaign_id, e.asset_ref, e.target_urn, e.observed_at_text, f.campaign_id AS in_finding
         FROM events e JOIN findings f ON f.tenant_id = e.tenant_id AND f.event_id = e.event_id
        WHERE e.tenant_id = $1 ORDER BY length(e.event_id), e.event_id`,
      [party.tenantId],
    );
    expect(rows).toEqual(
      AWKWARD.map((text) => ({
        campaign_id: text,
        asset_ref: text,
        target_urn: text,
        observed_at_text: text,
        in_finding: text,
      })),
    );
  });

  test('operators with awkward names stay different operators', async () => {
    const party = newParty();
    const names = AWKWARD.filter((text) => text !== '');
    const sent = names.map((operatorId) =>
      telemetry({ ...party, operatorId }, [event('same', {}, operatorId)], {
        rateLimit: { scope: 'telemetry', cost: 1 },
      }),
    );
    expect(summary(await commit(sent))).toEqual(names.map(() => 'committed:accepted'));
    expect(await countOf(store().db, 'events WHERE tenant_id = $1', [party.tenantId])).toBe(names.length);
    expect(await countOf(store().db, 'operator_buckets WHERE operator_id = ANY ($1)', [names])).toBe(
      names.length,
    );
  });

  test.each([
    ['the year 10000 and later', 253_402_300_800_000, '9999-12-31T23:59:59.999Z'],
    ['milliseconds beyond a Date', 1e30, '9999-12-31T23:59:59.999Z'],
    ['before the common era', -1e15, '0001-01-01T00:00:00.000Z'],
    ['no number', Number.NaN, '0001-01-01T00:00:00.000Z'],
    ['before 1970', -1, '1969-12-31T23:59:59.999Z'],
    ['the year 1', -62_135_596_800_000, '0001-01-01T00:00:00.000Z'],
  ])('a time that is %s is stored clamped', async (_, observedAtMs, expected) => {
    const party = newParty();
    const sent = telemetry(party, [event('e1', { observedAtMs, severity: 'high' })]);
    expect(summary(await commit([sent]))).toEqual(['committed:accepted']);
    const [row] = await rowsOf<{ observed_at: Date }>(
      store().db,
      'SELECT observed_at FROM events WHERE tenant_id = $1',
      [party.tenantId],
    );
    expect(row?.observed_at.toISOString()).toBe(expected);
  });

  test('a nonce timestamp of twelve digits expires in its own time, not with an error', async () => {
    const party = newParty();
    const nonceClaim = { nonce: 'far-future-nonce', timestamp: 999_999_999_999 };
    expect(summary(await commit([refusal(party, null, { nonceClaim })]))).toEqual(['committed:recorded']);
    expect(summary(await commit([refusal(party, null, { nonceClaim })]))).toEqual(['replay']);
  });

  test.each<[string, Partial<CommitRequest>]>([
    ['a request id that is no UUID', { requestId: 'not-a-uuid' }],
    ['a time that is none', { receivedAtMs: Number.NaN }],
    ['no tenant where one is needed', { tenantId: null }],
    ['a cost that is no integer', { rateLimit: { scope: 'telemetry', cost: 1.5 } }],
  ])('%s costs its own request, not its neighbours', async (_, broken) => {
    const party = newParty();
    const sent = [0, 1, 2, 3, 4].map((n) => telemetry(party, [event(`e${n}`)], n === 2 ? broken : {}));
    const before = store().logger.lines.length;
    expect(summary(await commit(sent))).toEqual([
      'committed:accepted',
      'committed:accepted',
      'unavailable',
      'committed:accepted',
      'committed:accepted',
    ]);
    expect(store().logger.lines.slice(before)).toMatchObject([
      { level: 'error', message: 'commit.refused_by_database' },
    ]);
  });

  test('a key or signature of another length is refused before it is sent', async () => {
    const party = newParty();
    const good = telemetry(party, [event('e1')]);
    if (good.effect.kind !== 'events') throw new Error('not telemetry');
    const evidence = { ...good.effect.evidence, signature: new Uint8Array(63) };
    const bad = { ...good, effect: { ...good.effect, evidence } };
    expect(summary(await commit([bad, telemetry(party, [event('e2')])]))).toEqual([
      'unavailable',
      'committed:accepted',
    ]);
  });
});
