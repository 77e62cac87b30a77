import { appendAudit } from '../../audit/append.ts';
import type { Queryable } from '../../store/database.ts';
import { actorOf, auditAlone, draftOf, NOBODY } from '../audit-console.ts';
import type { ConsoleParts } from '../console-parts.ts';
import type { ConsoleSession } from '../context.ts';
import { cookieText, readCookie } from '../http/cookies.ts';
import { type Refusal, refusal } from '../refusal.ts';
import type { DoorAnswer, DoorCall } from './door.ts';
import { sweepSessions } from './list-sessions.ts';
import { endSession, findSession, type NewSession, startSession } from './sessions.ts';
import { csrfTokenOf, isToken } from './token.ts';

export type SignedInSession = ConsoleSession & { readonly token: string };

/** The session of the cookie, with its token; null: none that this connection may use. */
export async function sessionOf(
  parts: ConsoleParts,
  call: Pick<DoorCall, 'request' | 'cookieName' | 'certificateSha256'>,
): Promise<SignedInSession | null> {
  const token = readCookie(call.request, call.cookieName);
  if (token === null || !isToken(token)) return null;
  const session = await findSession(parts.writes, token, call.certificateSha256, parts.clock.now());
  return session === null ? null : { ...session, token };
}

/**
 * Opens a session for whoever `find` says, in one transaction with the audit entry; null from it: nobody. The session that
 * the browser brought along is ended and not taken over, and the cookie has a token that nobody had before.
 */
export async function signIn(
  parts: ConsoleParts,
  call: DoorCall,
  way: ConsoleSession['method'],
  find: (tx: Queryable, nowMs: number) => Promise<Omit<NewSession, 'method'> | null>,
): Promise<{ readonly token: string; readonly cookie: string } | null> {
  const nowMs = parts.clock.now();
  const before = await sessionOf(parts, call);
  const token = await parts.writes.transaction(async (tx) => {
    const found = await find(tx, nowMs);
    if (found === null) return null;
    const session: NewSession = { ...found, method: way };
    await sweepSessions(tx, nowMs);
    const started = await startSession(tx, session, parts.times, nowMs);
    if (before !== null) await endSession(tx, before.sessionId, actorOf(session), nowMs);
    const { role, tenants } = session;
    const subject = JSON.stringify({
      session_id: started.sessionId,
      method: way,
      role,
      tenants: tenants ?? 'all',
    });
    const note = { action: 'console.sign_in', code: 'signed_in', tenantId: null, subject };
    const peerSha256 = call.certificateSha256;
    await appendAudit(tx, [
      draftOf({ ...note, peerSha256 }, { actor: actorOf(session), reason: null }, call.requestId),
    ]);
    return started.token;
  });
  return token === null ? null : { token, cookie: cookieText(call.cookieName, token, { isTls: call.isTls }) };
}

export function letIn(opened: { readonly token: string; readonly cookie: string }): DoorAnswer {
  return { ok: true, value: { csrf: csrfTokenOf(opened.token) }, cookies: [opened.cookie] };
}

/**
 * Somebody did not get in: in the log, up to a number a minute and address, so that it cannot be filled from outside. What
 * is right gets in whatever was tried before it: tokens cannot be guessed, and nobody can lock others out.
 */
export async function refuseSignIn(
  parts: ConsoleParts,
  call: DoorCall,
  attempt: { readonly way: ConsoleSession['method']; readonly who?: string; readonly detail: string },
): Promise<Refusal> {
  const address = call.request.socket.remoteAddress ?? '';
  if (!parts.attempts.allows(address, parts.clock.now())) {
    return refusal('too_many_requests', 'too many attempts in this minute');
  }
  const { way, who, detail } = attempt;
  const subject = who === undefined ? way : `${way}: ${who}`;
  const note = {
    class: 'security',
    action: 'console.sign_in',
    code: 'sign_in_refused',
    tenantId: null,
    subject,
  } as const;
  const draft = draftOf(
    { ...note, peerSha256: call.certificateSha256 },
    { actor: NOBODY, reason: null },
    call.requestId,
  );
  await auditAlone(parts.writes, { ...draft, clientAddress: address === '' ? null : address });
  parts.logger.warn('console.sign_in_refused', { request_id: call.requestId, class: 'security', way });
  return refusal('sign_in_refused', detail);
}
