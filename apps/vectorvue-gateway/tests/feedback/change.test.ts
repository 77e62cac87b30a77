import { randomUUID } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { createCommit } from '../../src/commit/commit-to-database.ts';
import { decideProposal } from '../../src/feedback/change/decide-proposal.ts';
import { shortenAdjustment, withdrawAdjustment } from '../../src/feedback/change/end-adjustment.ts';
import type { Basis } from '../../src/feedback/change/find-basis.ts';
import { issueAdjustment } from '../../src/feedback/change/issue-adjustment.ts';
import { askForChange, PROPOSAL_LIFE_SECONDS } from '../../src/feedback/change/propose-change.ts';
import type { FeedbackAuthor, FeedbackChange } from '../../src/feedback/change/result.ts';
import type { AdjustmentTemplate } from '../../src/feedback/rules.ts';
import { LIVING_ADJUSTMENTS, type LivingAdjustmentRow } from '../../src/feedback/sql/living-adjustments.ts';
import type { CommitRequest } from '../../src/store/commit-types.ts';
import type { Queryable } from '../../src/store/database.ts';
import { adjustment, event, evidence, newParty, type Party, request, telemetry } from '../store/requests.ts';
import { forEachStore, rowsOf } from '../store/stores.ts';

const LIMITS = { nonceTtlSeconds: 120, nonceLimitPerIdentity: 1_000_000, rateLimitPerMinute: 0 };
const NOW = 1_800_000_000;
const TARGET = 'urn:target:ip:10.0.0.5';

const by = (name: string, seconds = NOW): FeedbackAuthor => ({
  actor: `console:${name}`,
  reason: `${name} knows why`,
  nowMs: seconds * 1000,
});
const adjust = (changes: Partial<AdjustmentTemplate> = {}): AdjustmentTemplate => ({
  action: 'tighten',
  confidence: 0.9,
  control: 'execution',
  rationale: 'seen by hand',
  ttl_seconds: 1800,
  ...changes,
});

function graphOf(party: Party, fingerprint = 'c'.repeat(64)): CommitRequest {
  const graph = {
    executionFingerprint: fingerprint,
    attestationMeasurementHash: 'd'.repeat(64),
    targetUrn: TARGET,
    nodeCount: 1,
  };
  return request(
    party,
    { kind: 'graph', evidence: evidence(), graph, adjustments: [] },
    { endpoint: 'execution-graph' },
  );
}

forEachStore('feedback that people change', (store) => {
  const commit = (requests: readonly CommitRequest[]) => createCommit(store().db, LIMITS)(requests);
  const change = <Value>(work: (tx: Queryable) => Promise<FeedbackChange<Value>>) =>
    store().db.transaction(work);
  const codeOf = async (work: (tx: Queryable) => Promise<FeedbackChange<unknown>>) => {
    const result = await change(work);
    return result.ok ? 'made' : result.code;
  };
  const sent = (party: Party, seconds: number) =>
    store().db.query<LivingAdjustmentRow>(LIVING_ADJUSTMENTS, [party.tenantId, seconds, 100, seconds + 30]);
  const onGraph = async (): Promise<{ readonly party: Party; readonly basis: Basis }> => {
    const party = newParty();
    const graph = graphOf(party);
    await commit([graph]);
    return { party, basis: { kind: 'graph', requestId: graph.requestId } };
  };
  const issued = async (party: Party, basis: Basis, template = adjust(), author = by('ana')) => {
    const result = await change((tx) =>
      issueAdjustment(tx, author, party.tenantId, { basis, adjust: template }),
    );
    if (!result.ok) throw new Error(result.code);
    return result;
  };

  test('an issued one carries what its graph or finding says, and who and why stay here', async () => {
    const { party, basis } = await onGraph();
    const result = await issued(party, basis);
    expect(await sent(party, NOW)).toEqual([
      expect.objectContaining({
        target_urn: TARGET,
        action: 'tighten',
        issued_at: NOW,
        execution_fingerprint: 'c'.repeat(64),
        attestation_measurement_hash: 'd'.repeat(64),
      }),
    ]);
    expect(result.note).toMatchObject({ action: 'adjustment.issue', tenantId: party.tenantId });
    expect(JSON.parse(result.note.subject)).toMatchObject({
      action: 'tighten',
      target: TARGET,
      ttl_seconds: 1800,
    });
    const [row] = await rowsOf(
      store().db,
      'SELECT cause, rule_id, issued_by, reason, basis, basis_id FROM adjustments WHERE tenant_id = $1',
      [party.tenantId],
    );
    expect(row).toEqual({
      cause: 'analyst',
      rule_id: 'analyst',
      issued_by: 'console:ana',
      reason: 'ana knows why',
      basis: 'graph',
      basis_id: basis.kind === 'graph' ? basis.requestId : '',
    });
  });

  test('the basis must be the tenant’s own, not ended, and name a target', async () => {
    const { basis } = await onGraph();
    const party = newParty();
    await commit([
      telemetry(party, [event('ended', { severity: 'critical' })]),
      telemetry(party, [event('bare', { severity: 'critical', targetUrn: null })]),
      telemetry(party, [event('huge', { severity: 'critical', targetUrn: '\u{1F600}'.repeat(513) })]),
    ]);
    await rowsOf(
      store().db,
      `UPDATE findings SET status = 'closed' WHERE tenant_id = $1 AND event_id = 'ended'`,
      [party.tenantId],
    );
    const finding = (id: string): Basis => ({
      kind: 'finding',
      operatorId: party.operatorId,
      findingId: `fnd-${id}`,
    });
    const attempt = (of: Basis) =>
      codeOf((tx) => issueAdjustment(tx, by('ana'), party.tenantId, { basis: of, adjust: adjust() }));
    expect(await attempt(basis)).toBe('basis_unknown');
    expect(await attempt(finding('nobody'))).toBe('basis_unknown');
    expect(await attempt(finding('ended'))).toBe('basis_ended');
    expect(await attempt(finding('bare'))).toBe('basis_without_target');
    expect(await attempt(finding('huge'))).toBe('basis_without_target');
    expect(await sent(party, NOW)).toEqual([]);
  });

  test('nothing is issued that would be sent in the place of something stronger or longer', async () => {
    const { party, basis } = await onGraph();
    await issued(party, basis, adjust({ confidence: 0.8, ttl_seconds: 600 }));
    const attempt = (template: Partial<AdjustmentTemplate>, seconds = NOW + 1) =>
      codeOf((tx) =>
        issueAdjustment(tx, by('bob', seconds), party.tenantId, { basis, adjust: adjust(template) }),
      );
    expect(await attempt({ confidence: 0.1 })).toBe('adjustment_weaker');
    expect(await attempt({ confidence: 1, ttl_seconds: 60 })).toBe('adjustment_weaker');
    expect(await attempt({ action: 'observe', confidence: 0.1 })).toBe('made');
    expect(await attempt({ confidence: 0.8, ttl_seconds: 600 })).toBe('made');
    // What has expired is in nobody's way.
    expect(await attempt({ confidence: 0.1 }, NOW + 700)).toBe('made');
  });

  test('shortened, it is sent with the shorter life, and what was promised before is kept', async () => {
    const { party, basis } = await onGraph();
    const { adjustmentId } = (await issued(party, basis)).value;
    const until = (endsAt: number, seconds = NOW + 10) =>
      change((tx) => shortenAdjustment(tx, by('bob', seconds), party.tenantId, adjustmentId, endsAt));
    for (const endsAt of [NOW + 5, NOW + 59, NOW + 1800, NOW + 5000]) {
      expect(await until(endsAt)).toMatchObject({ ok: false, code: 'end_invalid' });
    }
    expect(await until(NOW + 900)).toMatchObject({
      ok: true,
      value: { endsAt: NOW + 900, bindsUntil: NOW + 1800 },
    });
    expect(await until(NOW + 60)).toMatchObject({
      ok: true,
      value: { endsAt: NOW + 60, bindsUntil: NOW + 1800 },
    });
    expect(await sent(party, NOW + 59)).toMatchObject([{ ttl_seconds: 60 }]);
    expect(await sent(party, NOW + 60)).toEqual([]);
    expect(await until(NOW + 70, NOW + 60)).toMatchObject({ code: 'adjustment_over' });
  });

  test('withdrawn, it is sent no more; what a finding causes is ended by its finding', async () => {
    const { party, basis } = await onGraph();
    const { adjustmentId } = (await issued(party, basis)).value;
    const withdraw = (id: number, tenantId = party.tenantId) =>
      change((tx) => withdrawAdjustment(tx, by('bob', NOW + 10), tenantId, id));
    expect(await withdraw(adjustmentId, newParty().tenantId)).toMatchObject({ code: 'adjustment_unknown' });
    expect(await withdraw(adjustmentId)).toMatchObject({
      ok: true,
      value: { endsAt: NOW + 10, bindsUntil: NOW + 1800 },
      note: { action: 'adjustment.withdraw' },
    });
    expect(await sent(party, NOW + 11)).toEqual([]);
    expect(await withdraw(adjustmentId)).toMatchObject({ code: 'adjustment_over' });

    await commit([telemetry(party, [event('e1', { severity: 'critical' })])]);
    const causeId = `${party.operatorId}/fnd-e1`;
    const caused = adjustment({ cause: 'finding', causeId, action: 'deny', timestamp: NOW });
    await commit([
      request(
        party,
        {
          kind: 'query',
          issued: { count: 1, feedbackKid: 'k', inputSha256: 'd'.repeat(64) },
          reissued: [caused],
        },
        { endpoint: 'feedback-query' },
      ),
    ]);
    const [row] = await rowsOf<{ adjustment_id: number }>(
      store().db,
      `SELECT adjustment_id FROM adjustments WHERE tenant_id = $1 AND cause = 'finding'`,
      [party.tenantId],
    );
    expect(await withdraw(row?.adjustment_id ?? -1)).toMatchObject({ code: 'adjustment_of_finding' });
  });

  const deny = (basis: Basis) => ({
    change: 'issue' as const,
    draft: { basis, adjust: adjust({ action: 'deny' }) },
  });
  const propose = async (party: Party, basis: Basis) => {
    const asked = await change((tx) => askForChange(tx, by('ana'), party.tenantId, deny(basis), true));
    if (!asked.ok || asked.value.outcome !== 'proposed') throw new Error('not proposed');
    return asked.value.proposalId;
  };
  const stateOf = (proposalId: string) =>
    rowsOf<{ state: string }>(
      store().db,
      'SELECT state FROM adjustment_proposals WHERE proposal_id = $1::uuid',
      [proposalId],
    );

  test('a deny waits for another person, and lives from when that one approves', async () => {
    const { party, basis } = await onGraph();
    const proposal = await propose(party, basis);
    const decide = (name: string, decision: 'approve' | 'decline' | 'retract', seconds = NOW + 100) =>
      change((tx) => decideProposal(tx, by(name, seconds), party.tenantId, proposal, decision));
    expect(await sent(party, NOW)).toEqual([]);
    for (const decision of ['approve', 'decline'] as const) {
      expect(await decide('ana', decision)).toMatchObject({ code: 'own_proposal' });
    }
    expect(await decide('bob', 'retract')).toMatchObject({ code: 'not_own_proposal' });
    expect(await decide('bob', 'approve', NOW + PROPOSAL_LIFE_SECONDS)).toMatchObject({
      code: 'proposal_expired',
    });
    const approved = await decide('bob', 'approve');
    expect(approved).toMatchObject({ ok: true, value: { state: 'approved', made: { endsAt: NOW + 1900 } } });
    expect(approved.ok && JSON.parse(approved.note.subject)).toMatchObject({
      proposed_by: 'console:ana',
      proposal_reason: 'ana knows why',
    });
    expect(await sent(party, NOW + 100)).toMatchObject([{ action: 'deny', issued_at: NOW + 100 }]);
    expect(await decide('carl', 'decline')).toMatchObject({ code: 'proposal_decided' });
  });

  test('so do its shortening and its withdrawal; other actions and other settings do not', async () => {
    const { party, basis } = await onGraph();
    const { adjustmentId } = (await issued(party, basis, adjust({ action: 'deny' }))).value;
    const ask = (what: Parameters<typeof askForChange>[3], twoPersons = true) =>
      change((tx) => askForChange(tx, by('ana', NOW + 1), party.tenantId, what, twoPersons));
    expect(await ask({ change: 'shorten', adjustmentId, endsAt: NOW + 900 })).toMatchObject({
      value: { outcome: 'proposed' },
    });
    const withdrawal = await ask({ change: 'withdraw', adjustmentId });
    expect(withdrawal).toMatchObject({
      value: { outcome: 'proposed' },
      note: { action: 'adjustment.propose' },
    });
    expect(await sent(party, NOW + 2)).toMatchObject([{ action: 'deny', ttl_seconds: 1800 }]);
    expect(await ask({ change: 'issue', draft: { basis, adjust: adjust() } })).toMatchObject({
      value: { outcome: 'made' },
    });
    const proposalId =
      withdrawal.ok && withdrawal.value.outcome === 'proposed' ? withdrawal.value.proposalId : '';
    await change((tx) => decideProposal(tx, by('bob', NOW + 2), party.tenantId, proposalId, 'approve'));
    expect(await sent(party, NOW + 3)).toMatchObject([{ action: 'tighten' }]);
    expect(await ask(deny(basis), false)).toMatchObject({ value: { outcome: 'made' } });
  });

  test('what is approved is judged again; its author may take it back', async () => {
    const party = newParty();
    await commit([telemetry(party, [event('e1', { severity: 'critical' })])]);
    const basis: Basis = { kind: 'finding', operatorId: party.operatorId, findingId: 'fnd-e1' };
    const proposal = await propose(party, basis);
    await rowsOf(store().db, `UPDATE findings SET status = 'suppressed' WHERE tenant_id = $1`, [
      party.tenantId,
    ]);
    const decide = (name: string, decision: 'approve' | 'retract', tenantId = party.tenantId) =>
      codeOf((tx) => decideProposal(tx, by(name), tenantId, proposal, decision));
    expect(await decide('bob', 'approve', randomUUID())).toBe('proposal_unknown');
    expect(await decide('bob', 'approve')).toBe('basis_ended');
    expect(await stateOf(proposal)).toEqual([{ state: 'pending' }]);
    expect(await decide('ana', 'retract')).toBe('made');
    expect(await stateOf(proposal)).toEqual([{ state: 'retracted' }]);
  });

  test('the database itself takes no second person who is the first', async () => {
    const { party, basis } = await onGraph();
    const proposal = await propose(party, basis);
    const approve = (who: string) =>
      rowsOf(
        store().db,
        `UPDATE adjustment_proposals SET state = 'approved', decided_by = $2, decided_at = now() WHERE proposal_id = $1::uuid`,
        [proposal, who],
      );
    await expect(approve('console:ana')).rejects.toMatchObject({ code: '23514' });
    expect(await stateOf(proposal)).toEqual([{ state: 'pending' }]);
    await approve('console:bob');
    expect(await stateOf(proposal)).toEqual([{ state: 'approved' }]);
  });
});
