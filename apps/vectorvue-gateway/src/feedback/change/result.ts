import type { FeedbackNote } from './audit-note.ts';

/** Who changes feedback, and why. Goes to the audit log in the transaction of the change. */
export interface FeedbackAuthor {
  /** `cli:<login>`, or whoever is signed in to the console. */
  readonly actor: string;
  /** 1 to 500 characters. */
  readonly reason: string;
  /** Unix milliseconds: the process clock, by which adjustments live (PROTOCOL.md section 4). */
  readonly nowMs: number;
}

export type FeedbackRefusalCode =
  | 'adjustment_unknown'
  | 'adjustment_over'
  | 'adjustment_of_finding'
  | 'adjustment_weaker'
  | 'basis_unknown'
  | 'basis_ended'
  | 'basis_without_target'
  | 'end_invalid'
  | 'proposal_unknown'
  | 'proposal_decided'
  | 'proposal_expired'
  | 'own_proposal'
  | 'not_own_proposal';

export interface FeedbackRefusal {
  readonly ok: false;
  readonly code: FeedbackRefusalCode;
  /** A sentence for people. */
  readonly detail: string;
}

/**
 * A change that was written in the caller's transaction, with what the audit log must say of it, which the caller appends
 * last (audit/append.ts); or a refusal before anything was written.
 */
export type FeedbackChange<Value> =
  | { readonly ok: true; readonly value: Value; readonly note: FeedbackNote }
  | FeedbackRefusal;

export function refuse(code: FeedbackRefusalCode, detail: string): FeedbackRefusal {
  return { ok: false, code, detail };
}
