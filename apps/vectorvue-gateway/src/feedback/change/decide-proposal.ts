import type { Queryable, Statement } from '../../store/database.ts';
import { type FeedbackAction, feedbackNote } from './audit-note.ts';
import { type MadeChange, makeChange } from './make-change.ts';
import { type ProposedChange, readDraft } from './proposed-change.ts';
import { type FeedbackAuthor, type FeedbackChange, type FeedbackRefusal, refuse } from './result.ts';

export type Decision = 'approve' | 'decline' | 'retract';

export interface DecidedProposal {
  readonly state: 'approved' | 'declined' | 'retracted';
  /** null: nothing was changed. */
  readonly made: MadeChange | null;
}

interface ProposalRow {
  readonly change: ProposedChange['change'];
  readonly adjustment_id: number | null;
  readonly draft: string;
  readonly action: string;
  readonly target_urn: string;
  readonly state: string;
  readonly proposed_by: string;
  readonly reason: string;
  readonly expires_at: Date;
}

const SELECT: Statement = {
  name: 'feedback-proposal-to-decide-v1',
  text: `SELECT change, adjustment_id, draft, action, target_urn, state, proposed_by, reason, expires_at
FROM adjustment_proposals WHERE tenant_id = $1 AND proposal_id = $2::uuid FOR UPDATE`,
};
const DECIDE: Statement = {
  name: 'feedback-decide-proposal-v1',
  text: `UPDATE adjustment_proposals SET state = $3, decided_by = $4, decided_at = $5, decision_reason = $6, adjustment_id = $7
WHERE tenant_id = $1 AND proposal_id = $2::uuid`,
};

const OUTCOME = { approve: 'approved', decline: 'declined', retract: 'retracted' } as const;
const ENTRY: { readonly [D in Decision]: FeedbackAction } = {
  approve: 'adjustment.approve',
  decline: 'adjustment.decline',
  retract: 'adjustment.retract',
};

/**
 * Decides on a proposal: another person approves or declines it, or its own author takes it back. An approved change is
 * made by the same code as one that needed nobody, with everything judged again; an adjustment lives from then on, and
 * its author is who proposed it.
 */
export async function decideProposal(
  tx: Queryable,
  author: FeedbackAuthor,
  tenantId: string,
  proposalId: string,
  decision: Decision,
): Promise<FeedbackChange<DecidedProposal>> {
  const [row] = await tx.query<ProposalRow>(SELECT, [tenantId, proposalId]);
  if (row === undefined) return refuse('proposal_unknown', 'this tenant has no such proposal');
  const refusal = whyNot(row, author, decision);
  if (refusal !== null) return refusal;

  let made: MadeChange | null = null;
  if (decision === 'approve') {
    const proposer = { actor: row.proposed_by, reason: row.reason, nowMs: author.nowMs };
    const change = await makeChange(tx, proposer, tenantId, readDraft(row));
    if (!change.ok) return change;
    made = change.value;
  }
  const adjustmentId = made?.adjustmentId ?? row.adjustment_id;
  await tx.query(DECIDE, [
    tenantId,
    proposalId,
    OUTCOME[decision],
    author.actor,
    new Date(author.nowMs),
    author.reason,
    adjustmentId,
  ]);
  return {
    ok: true,
    value: { state: OUTCOME[decision], made },
    // One entry names both persons and both reasons.
    note: feedbackNote(ENTRY[decision], tenantId, {
      action: row.action,
      ...(adjustmentId === null ? {} : { adjustment: adjustmentId }),
      change: row.change,
      proposal: proposalId,
      proposal_reason: row.reason,
      proposed_by: row.proposed_by,
      target: row.target_urn,
    }),
  };
}

function whyNot(row: ProposalRow, author: FeedbackAuthor, decision: Decision): FeedbackRefusal | null {
  if (row.state !== 'pending') return refuse('proposal_decided', `the proposal is ${row.state} already`);
  const own = row.proposed_by === author.actor;
  if (decision === 'retract') {
    return own ? null : refuse('not_own_proposal', 'only its author can take a proposal back; decline it');
  }
  if (own) return refuse('own_proposal', 'another person decides on a proposal');
  if (decision === 'approve' && row.expires_at.getTime() <= author.nowMs) {
    return refuse('proposal_expired', 'nobody decided on the proposal in time; it can be made anew');
  }
  return null;
}
