import { v7 as uuidv7 } from 'uuid';
import type { Queryable, Statement } from '../../store/database.ts';
import { feedbackNote } from './audit-note.ts';
import { judgeChange, type MadeChange, makeChange } from './make-change.ts';
import { type ProposedChange, writeDraft } from './proposed-change.ts';
import type { FeedbackAuthor, FeedbackChange } from './result.ts';

/** How long a proposal waits for its second person. Seconds: a day. */
export const PROPOSAL_LIFE_SECONDS = 86_400;

/** What came of asking for a change: it is made, or it waits for another person. */
export type AskedChange =
  | ({ readonly outcome: 'made' } & MadeChange)
  | {
      readonly outcome: 'proposed';
      readonly proposalId: string;
      /** Unix milliseconds. */
      readonly proposalExpiresAtMs: number;
    };

const INSERT: Statement = {
  name: 'feedback-propose-change-v1',
  text: `INSERT INTO adjustment_proposals (tenant_id, proposal_id, change, adjustment_id, draft, action, target_urn,
  proposed_by, proposed_at, reason, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
};

/**
 * Makes a change of feedback, or, where two persons are needed for a `deny`, proposes it. Issuing a deny stops an agent,
 * and shortening or withdrawing one lets it go on: neither is one person's business then.
 */
export async function askForChange(
  tx: Queryable,
  author: FeedbackAuthor,
  tenantId: string,
  change: ProposedChange,
  twoPersonDeny: boolean,
): Promise<FeedbackChange<AskedChange>> {
  const subject = await judgeChange(tx, tenantId, change, author.nowMs);
  if (!subject.ok) return subject;
  if (!twoPersonDeny || subject.action !== 'deny') {
    const made = await makeChange(tx, author, tenantId, change);
    return made.ok ? { ...made, value: { outcome: 'made', ...made.value } } : made;
  }
  const proposalId = uuidv7();
  const proposalExpiresAtMs = author.nowMs + PROPOSAL_LIFE_SECONDS * 1000;
  const adjustmentId = change.change === 'issue' ? null : change.adjustmentId;
  await tx.query(INSERT, [
    tenantId,
    proposalId,
    change.change,
    adjustmentId,
    writeDraft(change),
    subject.action,
    subject.targetUrn,
    author.actor,
    new Date(author.nowMs),
    author.reason,
    new Date(proposalExpiresAtMs),
  ]);
  return {
    ok: true,
    value: { outcome: 'proposed', proposalId, proposalExpiresAtMs },
    note: feedbackNote('adjustment.propose', tenantId, {
      action: subject.action,
      ...(adjustmentId === null ? {} : { adjustment: adjustmentId }),
      change: change.change,
      proposal: proposalId,
      target: subject.targetUrn,
    }),
  };
}
