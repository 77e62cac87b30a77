import type { Queryable } from '../store/database.ts';
import { APPEND_AUDIT } from '../store/sql/append-audit.ts';
import type { AuditClass } from './classify.ts';
import { type EntryDraft, entryFragments, makeCommitments } from './entry.ts';

/** An entry whose outcome is known already: everything but decisions about requests, which the commit appends. */
export interface AuditDraft extends EntryDraft {
  readonly class: AuditClass;
  /** Lower case and underscores. */
  readonly code: string;
  /** Unix milliseconds; absent: the database's clock when it is appended. */
  readonly recordedAtMs?: number;
}

const WORD = /^[a-z][a-z0-9_]{0,63}$/;

/**
 * Appends in the order given, in the caller's transaction: what they record and they themselves are one. Answers
 * with the sequence of the first.
 *
 * Make it the last statement of the transaction. It takes the head of the log, and commits of requests take the
 * trust lock and their rows before that: whoever takes the head first can wait for them while they wait for it
 * (PostgreSQL would end one of the two).
 */
export async function appendAudit(tx: Queryable, drafts: readonly AuditDraft[]): Promise<number | null> {
  if (drafts.length === 0) return null;
  for (const draft of drafts) {
    // It is written into the entry as it is.
    if (!WORD.test(draft.code)) throw new TypeError('an audit code is lower case and underscores');
  }
  const fragments = drafts.map((draft) => entryFragments(draft, makeCommitments(draft)));
  const [row] = await tx.query<{ first_sequence: number }>(APPEND_AUDIT, [
    drafts.map((draft) => draft.requestId),
    drafts.map((draft) => (draft.recordedAtMs === undefined ? null : new Date(draft.recordedAtMs))),
    drafts.map((draft) => draft.class),
    drafts.map((draft) => draft.action),
    drafts.map((draft) => draft.actor),
    drafts.map((draft) => draft.tenantId),
    drafts.map((draft) => draft.code),
    drafts.map((draft) => draft.kid),
    drafts.map((draft) => draft.peerSha256),
    fragments.map((fragment) => fragment.head),
    fragments.map((fragment) => fragment.middle),
    fragments.map((fragment) => fragment.disclosure),
  ]);
  return row?.first_sequence ?? null;
}
