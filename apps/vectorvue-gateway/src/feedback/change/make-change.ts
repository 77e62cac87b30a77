import type { Queryable } from '../../store/database.ts';
import { lockLiving, shortenAdjustment, whyNotUntil, withdrawAdjustment } from './end-adjustment.ts';
import { issueAdjustment, judgeDraft } from './issue-adjustment.ts';
import type { ProposedChange } from './proposed-change.ts';
import type { FeedbackAuthor, FeedbackChange, FeedbackRefusal } from './result.ts';

export interface MadeChange {
  readonly adjustmentId: number;
  /** Unix seconds: until when it is sent. */
  readonly endsAt: number;
  /** Unix seconds: until when it binds whoever has fetched it. */
  readonly bindsUntil: number;
}

/** What a change is about, for people who decide on it. */
export interface ChangeSubject {
  readonly ok: true;
  readonly action: string;
  readonly targetUrn: string;
}

/** Makes the change at once, in the caller's transaction. */
export async function makeChange(
  tx: Queryable,
  author: FeedbackAuthor,
  tenantId: string,
  change: ProposedChange,
): Promise<FeedbackChange<MadeChange>> {
  switch (change.change) {
    case 'issue': {
      const issued = await issueAdjustment(tx, author, tenantId, change.draft);
      if (!issued.ok) return issued;
      const { adjustmentId, expiresAt } = issued.value;
      return { ...issued, value: { adjustmentId, endsAt: expiresAt, bindsUntil: expiresAt } };
    }
    case 'shorten':
      return shortenAdjustment(tx, author, tenantId, change.adjustmentId, change.endsAt);
    case 'withdraw':
      return withdrawAdjustment(tx, author, tenantId, change.adjustmentId);
  }
}

/** Whether the change could be made now, and what it is about. Locks that, and writes nothing. */
export async function judgeChange(
  tx: Queryable,
  tenantId: string,
  change: ProposedChange,
  nowMs: number,
): Promise<ChangeSubject | FeedbackRefusal> {
  if (change.change === 'issue') {
    const basis = await judgeDraft(tx, tenantId, change.draft, nowMs);
    return basis.ok ? { ok: true, action: change.draft.adjust.action, targetUrn: basis.targetUrn } : basis;
  }
  const living = await lockLiving(tx, tenantId, change.adjustmentId, nowMs);
  if (!living.ok) return living;
  const fault = change.change === 'shorten' ? whyNotUntil(living, change.endsAt, nowMs) : null;
  return fault ?? { ok: true, action: living.action, targetUrn: living.targetUrn };
}
