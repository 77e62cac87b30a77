import { z } from 'zod';
import { appendAudit } from '../../audit/append.ts';
import { hasCsrfToken } from '../answer-call.ts';
import { actorOf, auditAlone, draftOf, NOBODY } from '../audit-console.ts';
import type { ConsoleParts } from '../console-parts.ts';
import { cookieText, readCookie } from '../http/cookies.ts';
import { type Refusal, refusal } from '../refusal.ts';
import type { DoorAnswer, DoorCall, DoorRoute } from './door.ts';
import { useLink } from './links.ts';
import { endSession, findSession, type NewSession, startSession } from './sessions.ts';
import { csrfTokenOf, isToken } from './token.ts';

const signedIn = z.object({
  csrf: z.string().meta({ description: 'To be sent in X-Console-CSRF with every POST; kept in memory only' }),
});

/** How to get in here. */
const readWays: DoorRoute = {
  id: 'readSignInWays',
  method: 'GET',
  path: '/sign-in',
  summary: 'Ways to sign in on this listener',
  body: null,
  answer: z.object({
    link: z.boolean().meta({ description: 'By the one-time link that `vectorvue-gateway console` prints' }),
    certificate: z.boolean(),
    oidc: z.boolean(),
  }),
  handle: async (parts) => ({
    ok: true,
    value: { link: parts.address.loopback, certificate: false, oidc: false },
  }),
};

const signInByLink: DoorRoute = {
  id: 'signInByLink',
  method: 'POST',
  path: '/sign-in/link',
  summary: 'Opens a session with the token of a one-time link (of the fragment of its address)',
  body: z.strictObject({ token: z.string().max(128) }),
  answer: signedIn,
  handle: async (parts, call) => {
    const { token } = call.body as { readonly token: string };
    if (!parts.address.loopback) return refusal('sign_in_refused', 'links are for listeners on loopback');
    const nowMs = parts.clock.now();
    if (!parts.attempts.allows('link', nowMs))
      return refusal('too_many_requests', 'too many attempts in this minute');
    const opened = isToken(token)
      ? await parts.writes.transaction(async (tx) => {
          const link = await useLink(tx, token, nowMs);
          if (link === null) return null;
          const session: NewSession = { ...link, method: 'link', certificateSha256: null };
          const started = await startSession(tx, session, parts.times, nowMs);
          await appendAudit(tx, [signInDraft(session, started.sessionId, call.requestId)]);
          return started;
        })
      : null;
    if (opened === null) return refuseSignIn(parts, call, 'link');
    return letIn(parts, call, opened.token);
  },
};

const readCsrfToken: DoorRoute = {
  id: 'readCsrfToken',
  method: 'GET',
  path: '/session/csrf',
  summary: 'The CSRF token of the session that the cookie has, for a page that was loaded anew',
  body: null,
  answer: signedIn,
  handle: async (parts, call) => {
    const session = await sessionOf(parts, call);
    if (session === null) return refusal('session_required', 'sign in first');
    return { ok: true, value: { csrf: csrfTokenOf(session.token) } };
  },
};

const signOut: DoorRoute = {
  id: 'signOut',
  method: 'POST',
  path: '/session/end',
  summary: 'Ends this session; the cookie is worth nothing from now on',
  body: z.strictObject({}),
  answer: z.object({ ended: z.literal(true) }),
  handle: async (parts, call) => {
    const session = await sessionOf(parts, call);
    if (session === null) return refusal('session_required', 'there is no session');
    if (!hasCsrfToken(call.request, session.token))
      return refusal('csrf_required', 'send the token of this session');
    const actor = actorOf(session);
    await parts.writes.transaction(async (tx) => {
      if (!(await endSession(tx, session.sessionId, actor, parts.clock.now()))) return;
      const note = {
        action: 'console.sign_out',
        code: 'signed_out',
        tenantId: null,
        subject: session.sessionId,
      };
      await appendAudit(tx, [draftOf(note, { actor, reason: null }, call.requestId)]);
    });
    return { ok: true, value: { ended: true }, cookies: [forget(call)] };
  },
};

/** Sign in, sign out, and what a page asks before. */
export const DOOR_ROUTES: readonly DoorRoute[] = [readWays, signInByLink, readCsrfToken, signOut];

/** The session of the cookie, with its token; null: none. */
export async function sessionOf(parts: ConsoleParts, call: Pick<DoorCall, 'request' | 'cookieName'>) {
  const token = readCookie(call.request, call.cookieName);
  if (token === null || !isToken(token)) return null;
  const session = await findSession(parts.writes, token, null, parts.clock.now());
  return session === null ? null : { ...session, token };
}

function signInDraft(session: NewSession, sessionId: string, requestId: string) {
  const { role, tenants, method } = session;
  const subject = JSON.stringify({ session_id: sessionId, method, role, tenants: tenants ?? 'all' });
  const note = { action: 'console.sign_in', code: 'signed_in', tenantId: null, subject };
  return draftOf(note, { actor: actorOf(session), reason: null }, requestId);
}

async function refuseSignIn(parts: ConsoleParts, call: DoorCall, way: string): Promise<Refusal> {
  const note = {
    class: 'security',
    action: 'console.sign_in',
    code: 'sign_in_refused',
    tenantId: null,
    subject: way,
  } as const;
  await auditAlone(parts.writes, draftOf(note, { actor: NOBODY, reason: null }, call.requestId));
  return refusal('sign_in_refused', 'this link is not known, was used, or is older than two minutes');
}

/** The cookie of the new session; one that the browser brought along is ended, not taken over. */
async function letIn(parts: ConsoleParts, call: DoorCall, token: string): Promise<DoorAnswer> {
  const before = await sessionOf(parts, call);
  if (before !== null) await endSession(parts.writes, before.sessionId, 'console:sign_in', parts.clock.now());
  return {
    ok: true,
    value: { csrf: csrfTokenOf(token) },
    cookies: [cookieText(call.cookieName, token, { isTls: call.isTls })],
  };
}

function forget(call: DoorCall): string {
  return cookieText(call.cookieName, '', { isTls: call.isTls, maxAgeSeconds: 0 });
}
