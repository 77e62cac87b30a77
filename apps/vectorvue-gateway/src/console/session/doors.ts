import { z } from 'zod';
import { appendAudit } from '../../audit/append.ts';
import { hasCsrfToken } from '../answer-call.ts';
import { actorOf, draftOf } from '../audit-console.ts';
import { cookieText } from '../http/cookies.ts';
import { refusal } from '../refusal.ts';
import type { DoorRoute } from './door.ts';
import { letIn, refuseSignIn, sessionOf, signIn } from './let-in.ts';
import { useLink } from './links.ts';
import { oidcDoors } from './oidc-doors.ts';
import { endSession } from './sessions.ts';
import { csrfTokenOf, isToken } from './token.ts';
import { findUserByCertificate } from './users.ts';

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
    certificate: z.boolean().meta({ description: 'By a client certificate of the CA of the console' }),
    oidc: z
      .boolean()
      .meta({ description: 'At an identity provider: the browser goes to /console/api/v1/sign-in/oidc' }),
  }),
  handle: async (parts) => {
    const { tls, oidc } = parts.gateway.config.console;
    const certificate = tls !== null && tls.clientCaPem !== null;
    return { ok: true, value: { link: parts.address.loopback, certificate, oidc: oidc !== null } };
  },
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
    const opened =
      parts.address.loopback && isToken(token)
        ? await signIn(parts, call, 'link', async (tx, nowMs) => {
            const link = await useLink(tx, token, nowMs);
            return link === null ? null : { ...link, certificateSha256: null };
          })
        : null;
    if (opened !== null) return letIn(opened);
    const detail = 'this link is not known, was used, or is older than two minutes';
    return refuseSignIn(parts, call, { way: 'link', detail });
  },
};

const signInByCertificate: DoorRoute = {
  id: 'signInByCertificate',
  method: 'POST',
  path: '/sign-in/certificate',
  summary: 'Opens a session for the client certificate of this connection, which goes with it from then on',
  body: z.strictObject({}),
  answer: signedIn,
  handle: async (parts, call) => {
    const { certificateSha256 } = call;
    if (certificateSha256 === null) {
      return refuseSignIn(parts, call, {
        way: 'certificate',
        detail: 'the browser presented no certificate that counts here',
      });
    }
    const opened = await signIn(parts, call, 'certificate', async (tx) => {
      const user = await findUserByCertificate(tx, certificateSha256);
      return user === null
        ? null
        : { name: user.name, role: user.role, tenants: user.tenants, certificateSha256 };
    });
    if (opened !== null) return letIn(opened);
    return refuseSignIn(parts, call, {
      way: 'certificate',
      detail: 'this certificate belongs to no user of the console',
    });
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
    const cookies = [cookieText(call.cookieName, '', { isTls: call.isTls, maxAgeSeconds: 0 })];
    return { ok: true, value: { ended: true }, cookies };
  },
};

/** Sign in, sign out, and what a page asks before. */
export const DOOR_ROUTES: readonly DoorRoute[] = [
  readWays,
  signInByLink,
  signInByCertificate,
  ...oidcDoors,
  readCsrfToken,
  signOut,
];
