import { type AuditDraft, appendAudit } from '../audit/append.ts';
import type { Database } from '../store/database.ts';
import { describeSubject } from '../trust/trust-audit.ts';
import type { ChangeNote, ConsoleSession } from './context.ts';

/** As the log names whoever is signed in. */
export function actorOf(session: Pick<ConsoleSession, 'name'>): string {
  return `console:${session.name}`;
}

/** Who it was, where nobody is signed in. */
export const NOBODY = 'console:nobody';

/** The audit entry of something that was done in the console. */
export function draftOf(
  note: ChangeNote,
  author: { readonly actor: string; readonly reason: string | null },
  requestId: string,
): AuditDraft {
  return {
    requestId,
    class: note.class ?? 'administration',
    action: note.action,
    actor: author.actor,
    code: note.code ?? 'changed',
    subject: describeSubject(note.subject, author.reason === '' ? null : author.reason),
    operatorId: note.operatorId ?? null,
    tenantId: note.tenantId,
    kid: note.kid ?? null,
    peerSha256: note.peerSha256 ?? null,
    evidenceSha256: note.evidenceSha256 ?? null,
  };
}

/** An entry by itself: of a call that was refused, so that there is nothing that it could be one with. */
export async function auditAlone(db: Database, draft: AuditDraft): Promise<void> {
  await db.transaction((tx) => appendAudit(tx, [draft]));
}
