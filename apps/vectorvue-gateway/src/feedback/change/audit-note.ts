import { canonicalizeCompat, type JsonObject } from '@nyxera/federation-protocol';

export type FeedbackAction =
  | 'adjustment.issue'
  | 'adjustment.shorten'
  | 'adjustment.withdraw'
  | 'adjustment.propose'
  | 'adjustment.approve'
  | 'adjustment.decline'
  | 'adjustment.retract';

/** What a change of feedback writes into the audit log; who and why is the caller's (trust-audit.ts, describeSubject). */
export interface FeedbackNote {
  readonly action: FeedbackAction;
  readonly tenantId: string;
  /** Canonical JSON (compat form) of what was changed. Committed to by a salted hash like every subject: targets may name machines. */
  readonly subject: string;
}

export function feedbackNote(action: FeedbackAction, tenantId: string, subject: JsonObject): FeedbackNote {
  return { action, tenantId, subject: canonicalizeCompat(subject) };
}
