import { describe, expect, test } from '@jest/globals';
import { createCommit } from '../../src/commit/commit-to-database.ts';
import type { CommitRequest } from '../../src/store/commit-types.ts';
import { event, newNonce, newParty, refusal, summary, telemetry } from './requests.ts';
import { countOf, forEachStore, rowsOf } from './stores.ts';

const LIMITS = { nonceTtlSeconds: 120, nonceLimitPerIdentity: 1_000_000, rateLimitPerMinute: 0 };

forEachStore('the commit', (store) => {
  const commit = (requests: readonly CommitRequest[], over: Partial<typeof LIMITS> = {}) =>
    createCommit(store().db, { ...LIMITS, ...over, logger: store().logger })(requests);

  test('an accepted event is stored with its evidence, finding, nonce and audit entry', async () => {
    const party = newParty();
    const sent = telemetry(party, [event('e1', { severity: 'critical', targetUrn: null })]);
    const [outcome] = await commit([sent]);
    expect(outcome).toMatchObject({ status: 'committed', items: [{ status: 'accepted' }] });
    const [stored] = await rowsOf<Record<string, unknown>>(
      store().db,
      `SELECT e.campaign_id, e.severity, e.techniques, e.tactics, e.target_urn, e.observed_at, e.evidence_index,
              v.body, v.signature, v.public_key, v.body_sha256 = sha256(v.body) AS digest, v.nonce, v.header_timestamp,
              f.finding_id, f.status, f.attestation_measurement_hash,
              (SELECT count(*) FROM nonces n WHERE n.identity = $2) AS nonces,
              (SELECT code FROM audit_log a WHERE a.request_id = e.request_id) AS code
         FROM events e JOIN evidence v USING (tenant_id, request_id) JOIN findings f ON f.tenant_id = e.tenant_id AND f.operator_id = e.operator_id AND f.event_id = e.event_id
        WHERE e.tenant_id = $1`,
      [party.tenantId, party.identity],
    );
    if (sent.effect.kind !== 'events') throw new Error('not telemetry');
    expect(stored).toEqual({
      campaign_id: 'campaign-1',
      severity: 'critical',
      techniques: ['T1046', 'T1595.002'],
      tactics: [],
      target_urn: null,
      observed_at: new Date(Date.UTC(2026, 0, 2, 3, 4, 5)),
      evidence_index: 0,
      body: new Uint8Array(sent.effect.evidence.body),
      signature: sent.effect.evidence.signature,
      public_key: sent.effect.evidence.publicKey,
      digest: true,
      nonce: sent.effect.evidence.nonce,
      header_timestamp: sent.effect.evidence.timestamp,
      finding_id: 'fnd-e1',
      status: 'open',
      attestation_measurement_hash: 'b'.repeat(64),
      nonces: 1,
      code: 'accepted',
    });
  });

  test('a fault in the middle of the commit leaves nothing of it', async () => {
    const party = newParty();
    const before = await countOf(store().db, 'audit_log');
    await store().asOwner(`
      CREATE FUNCTION federation.break_audit() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN RAISE EXCEPTION 'injected' USING ERRCODE = 'P0001'; END $$;
      CREATE TRIGGER break_audit BEFORE INSERT ON federation.audit_log FOR EACH STATEMENT
        EXECUTE FUNCTION federation.break_audit()`);
    const sent = [telemetry(party, [event('e1', { severity: 'high' })]), refusal(party, Buffer.from('{'))];
    expect(summary(await commit(sent))).toEqual(['unavailable', 'unavailable']);
    await store().asOwner(
      'DROP TRIGGER break_audit ON federation.audit_log; DROP FUNCTION federation.break_audit()',
    );
    for (const table of ['events', 'findings', 'evidence', 'refused_bodies']) {
      expect(await countOf(store().db, `${table} WHERE tenant_id = $1`, [party.tenantId])).toBe(0);
    }
    expect(await countOf(store().db, 'nonces WHERE identity = $1', [party.identity])).toBe(0);
    expect(await countOf(store().db, 'nonce_counters WHERE identity = $1', [party.identity])).toBe(0);
    expect(await countOf(store().db, 'audit_log')).toBe(before);
    // The nonce was not burnt: the same bytes succeed.
    expect(summary(await commit(sent))).toEqual(['committed:accepted', 'committed:recorded']);
  });

  describe('nonces', () => {
    test('are claimed once, within a flush and across flushes, per identity', async () => {
      const party = newParty();
      const other = newParty();
      const nonceClaim = { nonce: newNonce(), timestamp: 1_800_000_000 };
      const outcomes = await commit([
        telemetry(party, [event('e1')], { nonceClaim }),
        telemetry(party, [event('e2')], { nonceClaim }),
        telemetry(other, [event('e1')], { nonceClaim }),
      ]);
      expect(summary(outcomes)).toEqual(['committed:accepted', 'replay', 'committed:accepted']);
      // Whatever the timestamp, the event and the endpoint.
      const again = telemetry(party, [event('e3')], { nonceClaim: { ...nonceClaim, timestamp: 1 } });
      expect(summary(await commit([again]))).toEqual(['replay']);
      const [entry] = await rowsOf(store().db, 'SELECT code, class FROM audit_log WHERE request_id = $1', [
        again.requestId,
      ]);
      expect(entry).toEqual({ code: 'replay_detected', class: 'security' });
      expect(await countOf(store().db, 'events WHERE tenant_id = $1', [party.tenantId])).toBe(1);
      const [counter] = await rowsOf(store().db, 'SELECT living FROM nonce_counters WHERE identity = $1', [
        party.identity,
      ]);
      expect(counter).toEqual({ living: 1 });
    });

    test('are claimed by refusals too, and not where no signature verified', async () => {
      const party = newParty();
      const nonceClaim = { nonce: newNonce(), timestamp: 1_800_000_000 };
      expect(summary(await commit([refusal(party, null, { nonceClaim })]))).toEqual(['committed:recorded']);
      expect(summary(await commit([telemetry(party, [event('e1')], { nonceClaim })]))).toEqual(['replay']);
      const stranger = newParty();
      const unsigned = () =>
        refusal(stranger, null, { nonceClaim: null, kid: null, tenantId: null, operatorId: null });
      expect(summary(await commit([unsigned(), unsigned()]))).toEqual([
        'committed:recorded',
        'committed:recorded',
      ]);
      expect(await countOf(store().db, 'nonces WHERE identity = $1', [stranger.identity])).toBe(0);
    });

    test('may be claimed again when they have expired, not before; and live longer for a later timestamp', async () => {
      const party = newParty();
      const nonceClaim = { nonce: newNonce(), timestamp: 0 };
      await commit([refusal(party, null, { nonceClaim })]);
      const expiry = () =>
        rowsOf<{ seconds: number }>(
          store().db,
          'SELECT extract(epoch FROM expires_at - now())::float8 AS seconds FROM nonces WHERE identity = $1',
          [party.identity],
        );
      const [first] = await expiry();
      expect(first?.seconds).toBeGreaterThan(100);
      expect(first?.seconds).toBeLessThanOrEqual(120);
      await store().asOwner(
        `UPDATE federation.nonces SET expires_at = now() - interval '1 second' WHERE identity = '${party.identity}'`,
      );
      const later = Math.floor(Date.now() / 1000) + 3_000;
      const again = refusal(party, null, { nonceClaim: { ...nonceClaim, timestamp: later } });
      expect(summary(await commit([again]))).toEqual(['committed:recorded']);
      const [second] = await expiry();
      expect(second?.seconds).toBeGreaterThan(3_000);
      expect(summary(await commit([refusal(party, null, { nonceClaim })]))).toEqual(['replay']);
      const [counter] = await rowsOf(store().db, 'SELECT living FROM nonce_counters WHERE identity = $1', [
        party.identity,
      ]);
      expect(counter).toEqual({ living: 1 });
    });

    test('are bounded per identity, exactly; beyond it nothing is claimed', async () => {
      const party = newParty();
      const four = [1, 2, 3, 4].map((n) => telemetry(party, [event(`e${n}`)]));
      const outcomes = await commit(four, { nonceLimitPerIdentity: 3 });
      expect(summary(outcomes)).toEqual([...Array(3).fill('committed:accepted'), 'nonce-limit']);
      expect(outcomes[3]).toEqual({ status: 'nonce-limit', retryAfterSeconds: 120 });
      const other = newParty();
      expect(
        summary(
          await commit([telemetry(party, [event('e5')]), telemetry(other, [event('e5')])], {
            nonceLimitPerIdentity: 3,
          }),
        ),
      ).toEqual(['nonce-limit', 'committed:accepted']);
      expect(await countOf(store().db, 'nonces WHERE identity = $1', [party.identity])).toBe(3);
      expect(await countOf(store().db, 'audit_log WHERE tenant_id = $1', [party.tenantId])).toBe(3);
      expect(summary(await commit(four.slice(3)))).toEqual(['committed:accepted']);
    });
  });

  describe('events', () => {
    test('the same again is a duplicate, other content is a conflict, and the first one stands', async () => {
      const party = newParty();
      expect(summary(await commit([telemetry(party, [event('e1')])]))).toEqual(['committed:accepted']);
      const duplicate = telemetry(party, [event('e1')]);
      const conflict = telemetry(party, [event('e1', { severity: 'critical' }, 'second')]);
      expect(summary(await commit([duplicate, conflict]))).toEqual([
        'committed:duplicate',
        'committed:conflict',
      ]);
      expect(await countOf(store().db, 'evidence WHERE tenant_id = $1', [party.tenantId])).toBe(1);
      expect(await countOf(store().db, 'findings WHERE tenant_id = $1', [party.tenantId])).toBe(0);
      expect(
        await rowsOf(
          store().db,
          'SELECT request_id, class, code FROM audit_log WHERE tenant_id = $1 ORDER BY sequence',
          [party.tenantId],
        ),
      ).toEqual([
        expect.objectContaining({ class: 'decision', code: 'accepted' }),
        { request_id: duplicate.requestId, class: 'decision', code: 'duplicate' },
        { request_id: conflict.requestId, class: 'security', code: 'event_conflict' },
      ]);
      // What was refused is kept, and its nonce is claimed.
      expect(
        await rowsOf(store().db, 'SELECT request_id, code FROM refused_bodies WHERE tenant_id = $1', [
          party.tenantId,
        ]),
      ).toEqual([{ request_id: conflict.requestId, code: 'event_conflict' }]);
      expect(summary(await commit([conflict]))).toEqual(['replay']);
    });

    test('no operator can squat the id of another, nor a tenant', async () => {
      const party = newParty();
      const outcomes = await commit([
        telemetry(party, [event('e1')]),
        telemetry({ ...party, operatorId: 'another' }, [event('e1', {}, 'other')]),
        telemetry({ ...newParty(), operatorId: party.operatorId }, [event('e1', {}, 'other')]),
      ]);
      expect(summary(outcomes)).toEqual(Array(3).fill('committed:accepted'));
    });

    test('in one flush they are judged in order, as if sent one after the other', async () => {
      const party = newParty();
      const outcomes = await commit([
        telemetry(party, [event('e1'), event('e2')], { endpoint: 'telemetry-batch' }),
        telemetry(party, [event('e1', {}, 'other')]),
        telemetry(party, [event('e2')]),
        telemetry(party, [event('e3', {}, 'x'), event('e3'), event('e3', {}, 'x')], {
          endpoint: 'telemetry-batch',
        }),
      ]);
      expect(summary(outcomes)).toEqual([
        'committed:accepted+accepted',
        'committed:conflict',
        'committed:duplicate',
        'committed:accepted+conflict+duplicate',
      ]);
    });

    test('a batch with rejected items keeps their places', async () => {
      const party = newParty();
      const batch = telemetry(
        party,
        [
          { kind: 'rejected', eventId: null, code: 'schema_invalid', path: '/event_id' },
          event('e1'),
          { kind: 'rejected', eventId: 'e2', code: 'fingerprint_mismatch', path: '/attributes' },
          event('e3', { severity: 'high' }),
        ],
        { endpoint: 'telemetry-batch' },
      );
      const [outcome] = await commit([batch]);
      expect(summary(outcome === undefined ? [] : [outcome])).toEqual([
        'committed:rejected+accepted+rejected+accepted',
      ]);
      expect(
        await rowsOf(
          store().db,
          'SELECT event_id, evidence_index FROM events WHERE tenant_id = $1 ORDER BY 1',
          [party.tenantId],
        ),
      ).toEqual([
        { event_id: 'e1', evidence_index: 1 },
        { event_id: 'e3', evidence_index: 3 },
      ]);
      const entries = await rowsOf<{ sequence: number; code: string; leaf: string }>(
        store().db,
        `SELECT sequence, code, encode(leaf_hash, 'hex') AS leaf FROM audit_log WHERE request_id = $1 ORDER BY sequence`,
        [batch.requestId],
      );
      expect(entries.map((entry) => entry.code)).toEqual([
        'schema_invalid',
        'accepted',
        'fingerprint_mismatch',
        'accepted',
      ]);
      if (outcome?.status !== 'committed') throw new Error('not committed');
      expect(outcome.items.map((item) => ({ sequence: item.sequence, leaf: item.leafHash }))).toEqual(
        entries.map(({ sequence, leaf }) => ({ sequence, leaf })),
      );
    });

    test('a batch of which nothing was accepted stores no evidence, but what was sent', async () => {
      const party = newParty();
      const sent = telemetry(
        party,
        [
          { kind: 'rejected', eventId: null, code: 'schema_invalid', path: '' },
          { kind: 'rejected', eventId: null, code: 'schema_version_missing', path: '' },
        ],
        { endpoint: 'telemetry-batch' },
      );
      expect(summary(await commit([sent]))).toEqual(['committed:rejected+rejected']);
      expect(await countOf(store().db, 'evidence WHERE tenant_id = $1', [party.tenantId])).toBe(0);
      expect(
        await rowsOf(store().db, 'SELECT code FROM refused_bodies WHERE tenant_id = $1', [party.tenantId]),
      ).toEqual([{ code: 'schema_invalid' }]);
    });
  });

  describe('trust', () => {
    test('a request that was judged by another version is not committed', async () => {
      const party = newParty();
      const stale = telemetry(party, [event('e1')], { trustVersion: 0 });
      const fresh = telemetry(party, [event('e2')]);
      expect(summary(await commit([stale, fresh]))).toEqual(['trust-changed', 'committed:accepted']);
      expect(await countOf(store().db, 'nonces WHERE identity = $1', [party.identity])).toBe(1);
      expect(await countOf(store().db, 'audit_log WHERE request_id = $1', [stale.requestId])).toBe(0);
    });
  });

  describe('rate buckets', () => {
    const limited = { rateLimitPerMinute: 3 };
    const cost = (n: number) => ({ rateLimit: { scope: 'telemetry' as const, cost: n } });

    test('admit in order, refuse with a time to wait, and write nothing else', async () => {
      const party = newParty();
      const sent = [1, 2, 3, 4, 5].map((n) => telemetry(party, [event(`e${n}`)], cost(1)));
      const outcomes = await commit(sent, limited);
      expect(summary(outcomes)).toEqual([
        ...Array(3).fill('committed:accepted'),
        'rate-limited',
        'rate-limited',
      ]);
      expect(outcomes[3]).toEqual({ status: 'rate-limited', retryAfterSeconds: 20 });
      expect(await countOf(store().db, 'nonces WHERE identity = $1', [party.identity])).toBe(3);
      expect(await countOf(store().db, 'audit_log WHERE tenant_id = $1', [party.tenantId])).toBe(3);
    });

    test('come before the replay check, and refusals cost nothing', async () => {
      const party = newParty();
      const first = telemetry(party, [event('e1')], cost(1));
      await commit([first], { rateLimitPerMinute: 1 });
      expect(summary(await commit([first, refusal(party, null)], { rateLimitPerMinute: 1 }))).toEqual([
        'rate-limited',
        'committed:recorded',
      ]);
    });

    test('a batch is admitted by one token and takes the bucket into debt', async () => {
      const party = newParty();
      const batch = telemetry(party, [event('e1'), event('e2')], {
        ...cost(60),
        endpoint: 'telemetry-batch',
      });
      const [first, second] = await commit([batch, telemetry(party, [event('e3')], cost(1))], limited);
      expect(first?.status).toBe('committed');
      expect(second).toEqual({ status: 'rate-limited', retryAfterSeconds: 1160 });
      // Scopes have buckets of their own.
      const graph = telemetry(party, [event('e4')], { rateLimit: { scope: 'graph', cost: 1 } });
      expect(summary(await commit([graph], limited))).toEqual(['committed:accepted']);
    });

    test('refill with time, up to their size', async () => {
      const party = newParty();
      const spend = (n: number) => telemetry(party, [event(`e${n}`)], cost(1));
      await commit([spend(1), spend(2), spend(3)], limited);
      await store().asOwner(
        `UPDATE federation.operator_buckets SET updated_at = now() - interval '1 hour' WHERE operator_id = '${party.operatorId}'`,
      );
      expect(summary(await commit([4, 5, 6, 7].map(spend), limited))).toEqual([
        ...Array(3).fill('committed:accepted'),
        'rate-limited',
      ]);
    });
  });

  describe('refused bodies', () => {
    test('are kept up to 64 KiB, with their size', async () => {
      const party = newParty();
      const body = Buffer.alloc(70_000, 'x');
      await commit([refusal(party, body), refusal(party, Buffer.from('{"a":1}'))]);
      const rows = await rowsOf<{ body: Uint8Array; body_bytes: number; truncated: boolean; code: string }>(
        store().db,
        'SELECT body, body_bytes, truncated, code FROM refused_bodies WHERE tenant_id = $1 ORDER BY request_id',
        [party.tenantId],
      );
      expect(rows.map((row) => [row.body.length, row.body_bytes, row.truncated, row.code])).toEqual([
        [65_536, 70_000, true, 'schema_invalid'],
        [7, 7, false, 'schema_invalid'],
      ]);
    });

    test('the newest 1000 of a tenant are kept, and nobody pays for another', async () => {
      const party = newParty();
      const other = newParty();
      const few = [refusal(other, Buffer.from('1')), refusal(other, Buffer.from('2'))];
      await commit(few);
      const sent = Array.from({ length: 1_050 }, (_, n) => refusal(party, Buffer.from(String(n))));
      await commit(sent.slice(0, 700));
      await commit(sent.slice(700));
      expect(await countOf(store().db, 'refused_bodies WHERE tenant_id = $1', [party.tenantId])).toBe(1_000);
      expect(await countOf(store().db, 'refused_bodies WHERE tenant_id = $1', [other.tenantId])).toBe(2);
      const newest = sent.slice(50).map((one) => one.requestId);
      expect(
        await countOf(store().db, 'refused_bodies WHERE tenant_id = $1 AND request_id = ANY ($2::uuid[])', [
          party.tenantId,
          newest,
        ]),
      ).toBe(1_000);
    });

    test('without a tenant they are nobody’s, and no finding, event or evidence comes of them', async () => {
      const party = newParty();
      const unattributed = refusal(party, Buffer.from('?'), { tenantId: null, operatorId: null });
      expect(summary(await commit([unattributed]))).toEqual(['committed:recorded']);
      expect(
        await countOf(store().db, `refused_bodies WHERE tenant_id = '' AND request_id = $1`, [
          unattributed.requestId,
        ]),
      ).toBe(1);
    });
  });

  test('an empty flush is nothing', async () => {
    expect(await commit([])).toEqual([]);
  });
});
