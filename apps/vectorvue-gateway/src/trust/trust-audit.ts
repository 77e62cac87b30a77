import { canonicalizeCompat } from '@nyxera/federation-protocol';
import { v7 as uuidv7 } from 'uuid';
import type { AuditDraft } from '../audit/append.ts';
import type { ChangeAuthor, ChangeRecord } from './trust-change.ts';

/**
 * The audit entry of one change. The reason stands in the subject, which the log commits to by a salted hash and
 * discloses beside it: a reason may name people, and then it can be erased without breaking the log.
 */
export function toAuditDraft(change: ChangeRecord, author: ChangeAuthor): AuditDraft {
  return {
    requestId: uuidv7(),
    class: 'trust',
    action: change.action,
    actor: author.actor,
    code: 'changed',
    subject: describeSubject(change.subject, author.reason),
    operatorId: change.operatorId ?? null,
    tenantId: change.tenantId ?? null,
    kid: change.kid ?? null,
    peerSha256: change.peerSha256 ?? null,
    evidenceSha256: null,
  };
}

/** What was changed and why, as one unambiguous text. */
export function describeSubject(subject: string, reason: string | null): string {
  return reason === null ? canonicalizeCompat({ subject }) : canonicalizeCompat({ reason, subject });
}
