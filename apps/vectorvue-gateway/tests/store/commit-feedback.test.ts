import { expect, test } from '@jest/globals';
import { createCommit } from '../../src/commit/commit-to-database.ts';
import type { AdjustmentRow, CommitRequest } from '../../src/store/commit-types.ts';
import {
  adjustment,
  event,
  evidence,
  newParty,
  type Party,
  request,
  summary,
  telemetry,
} from './requests.ts';
import { countOf, forEachStore, rowsOf } from './stores.ts';

const LIMITS = { nonceTtlSeconds: 120, nonceLimitPerIdentity: 1_000_000, rateLimitPerMinute: 0 };

function graph(party: Party, adjustments: readonly AdjustmentRow[]): CommitRequest {
  const row = {
    executionFingerprint: 'a'.repeat(64),
    attestationMeasurementHash: 'b'.repeat(64),
    targetUrn: 'urn:target:ip:10.0.0.5',
    nodeCount: 9,
  };
  return request(
    party,
    { kind: 'graph', evidence: evidence(), graph: row, adjustments },
    { endpoint: 'execution-graph' },
  );
}

function query(party: Party, reissued: readonly AdjustmentRow[] = []): CommitRequest {
  const issued = { count: reissued.length, feedbackKid: 'fb-1', inputSha256: 'd'.repeat(64) };
  return request(party, { kind: 'query', issued, reissued }, { endpoint: 'feedback-query' });
}

forEachStore('feedback in the commit', (store, onPostgres) => {
  const commit = (requests: readonly CommitRequest[]) => createCommit(store().db, LIMITS)(requests);
  const stored = (party: Party) =>
    rowsOf<{ action: string; issued_at: number; expires_at: number; withdrawn: boolean; target_urn: string }>(
      store().db,
      `SELECT action, issued_at, expires_at, withdrawn_at IS NOT NULL AS withdrawn, target_urn FROM adjustments
        WHERE tenant_id = $1 ORDER BY adjustment_id`,
      [party.tenantId],
    );

  test('a graph is stored with its evidence and its adjustments; a replay of it stores nothing', async () => {
    const party = newParty();
    const sent = graph(party, [adjustment(), adjustment({ action: 'tighten' })]);
    expect(summary(await commit([sent]))).toEqual(['committed:recorded']);
    expect(await countOf(store().db, 'evidence WHERE request_id = $1', [sent.requestId])).toBe(1);
    expect(
      await rowsOf(store().db, 'SELECT node_count FROM graphs WHERE tenant_id = $1', [party.tenantId]),
    ).toEqual([{ node_count: 9 }]);
    expect((await stored(party)).map((row) => row.action).sort()).toEqual(['observe', 'tighten']);
    const again = graph(party, [adjustment()]);
    expect(summary(await commit([{ ...again, nonceClaim: sent.nonceClaim }]))).toEqual(['replay']);
    expect(await countOf(store().db, 'graphs WHERE tenant_id = $1', [party.tenantId])).toBe(1);
    expect(await stored(party)).toHaveLength(2);
  });

  test('an answer is audited as feedback, with what was signed in its subject', async () => {
    const sent = query(newParty());
    expect(summary(await commit([sent]))).toEqual(['committed:recorded']);
    const [entry] = await rowsOf<{ disclosure: string }>(
      store().db,
      'SELECT class, code, action, disclosure FROM audit_log WHERE request_id = $1',
      [sent.requestId],
    );
    expect(entry).toMatchObject({ class: 'feedback', code: 'issued', action: 'feedback.query' });
    expect(JSON.parse(entry?.disclosure ?? '{}')).toMatchObject({
      subject: { value: `0 fb-1 ${'d'.repeat(64)}` },
    });
  });

  test('what an open finding causes is re-issued in place, also by two queries of one flush; never shortened', async () => {
    const party = newParty();
    await commit([telemetry(party, [event('e1', { severity: 'critical' })])]);
    const caused = (timestamp: number) =>
      adjustment({ cause: 'finding', causeId: `${party.operatorId}/fnd-e1`, action: 'deny', timestamp });
    await commit([query(party, [caused(100)]), query(party, [caused(200)]), query(party, [caused(150)])]);
    expect(await stored(party)).toMatchObject([{ issued_at: 200, expires_at: 2_000, withdrawn: false }]);
    await commit([query(party, [caused(180)])]);
    expect(await stored(party)).toMatchObject([{ issued_at: 200 }]);
    await commit([query(party, [caused(300)])]);
    expect(await stored(party)).toMatchObject([{ issued_at: 300 }]);
  });

  test('what a closed, suppressed or missing finding caused is not issued again', async () => {
    const party = newParty();
    await commit([
      telemetry(party, [event('closed', { severity: 'critical' })]),
      telemetry(party, [event('suppressed', { severity: 'critical' })]),
    ]);
    await rowsOf(store().db, `UPDATE findings SET status = event_id WHERE tenant_id = $1`, [party.tenantId]);
    const rows = ['closed', 'suppressed', 'missing'].map((id) =>
      adjustment({ cause: 'finding', causeId: `${party.operatorId}/fnd-${id}`, action: 'deny' }),
    );
    expect(summary(await commit([query(party, rows)]))).toEqual(['committed:recorded']);
    expect(await stored(party)).toEqual([]);
  });

  test('a target of 512 characters beyond the plane and an operator full of slashes are no key too large', async () => {
    const party = { ...newParty(), operatorId: '/\u{1F600}'.repeat(60) };
    const targetUrn = '\u{1F600}\u2400\u0000\\'.repeat(128);
    await commit([telemetry(party, [event('e1', { severity: 'critical', targetUrn: 'x'.repeat(100_000) })])]);
    const caused = adjustment({ cause: 'finding', causeId: `${party.operatorId}/fnd-e1`, targetUrn });
    expect(summary(await commit([query(party, [caused])]))).toEqual(['committed:recorded']);
    expect(await stored(party)).toMatchObject([{ target_urn: targetUrn }]);
  });

  onPostgres('withdrawing and re-issuing at once leaves it withdrawn', async () => {
    const party = newParty();
    await commit([telemetry(party, [event('e1', { severity: 'critical' })])]);
    const other = await store().another();
    let flushed: Promise<unknown> = Promise.resolve();
    await other.transaction(async (tx) => {
      await rowsOf(tx, `UPDATE findings SET status = 'closed' WHERE tenant_id = $1`, [party.tenantId]);
      const caused = adjustment({ cause: 'finding', causeId: `${party.operatorId}/fnd-e1`, action: 'deny' });
      flushed = commit([query(party, [caused])]);
      await new Promise((resolve) => setTimeout(resolve, 200));
      await rowsOf(tx, 'UPDATE adjustments SET withdrawn_at = now() WHERE tenant_id = $1', [party.tenantId]);
    });
    await flushed;
    expect((await stored(party)).filter((row) => !row.withdrawn)).toEqual([]);
  });
});
