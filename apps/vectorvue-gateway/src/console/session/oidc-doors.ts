import { describeFault } from '../../logging.ts';
import type { ConsoleParts } from '../console-parts.ts';
import { cookieText, readCookie } from '../http/cookies.ts';
import { refusal } from '../refusal.ts';
import type { DoorAnswer, DoorCall, DoorRoute } from './door.ts';
import { refuseSignIn, signIn } from './let-in.ts';
import { beginLogin, LOGIN_SECONDS, takeLogin } from './logins.ts';
import { isToken, newToken } from './token.ts';
import { findUserBySubject } from './users.ts';

const CALLBACK = '/console/api/v1/sign-in/oidc/callback';
/** Binds the way back to the browser that went. Lax: a Strict one is not sent by a browser that comes from another site. */
const LOGIN_COOKIE = '__Host-vv_console_login';

/** Where the page says that sign-in was refused, by this code. */
const REFUSED = '/console/sign-in?refused=';
const BACK_MAX_LENGTH = 2048;

const startAtProvider: DoorRoute = {
  id: 'signInAtProvider',
  method: 'GET',
  path: '/sign-in/oidc',
  summary: 'Sends the browser to the identity provider (a navigation, no fetch)',
  body: null,
  answer: null,
  handle: async (parts, call) => {
    const { oidc, url } = parts.gateway.config.console;
    if (oidc === null || url === null) return refusal('not_found', 'no identity provider is configured');
    if (!parts.attempts.allows(`oidc ${call.request.socket.remoteAddress ?? ''}`, parts.clock.now())) {
      return refusal('too_many_requests', 'too many attempts in this minute');
    }
    const login = { state: newToken(), nonce: newToken(), browser: newToken(), code_verifier: newToken() };
    const provider = await parts.provider();
    const address = await provider.authorizationUrl({
      state: login.state,
      nonce: login.nonce,
      codeVerifier: login.code_verifier,
      redirectUri: `${url}${CALLBACK}`,
    });
    await parts.writes.transaction((tx) => beginLogin(tx, login, parts.clock.now()));
    const cookie = `${login.browser}.${Buffer.from(backOf(call.queryText)).toString('base64url')}`;
    const options = { isTls: true, sameSite: 'Lax', maxAgeSeconds: LOGIN_SECONDS } as const;
    return { ok: true, redirect: address, cookies: [cookieText(LOGIN_COOKIE, cookie, options)] };
  },
};

const comeBack: DoorRoute = {
  id: 'comeBackFromProvider',
  method: 'GET',
  path: '/sign-in/oidc/callback',
  summary:
    'Where the identity provider sends the browser back to; opens a session, or says that it was refused',
  body: null,
  answer: null,
  fromElsewhere: true,
  handle: async (parts, call) => {
    const { oidc, url } = parts.gateway.config.console;
    if (oidc === null || url === null) return refusal('not_found', 'no identity provider is configured');
    const [browser = '', back = ''] = (readCookie(call.request, LOGIN_COOKIE) ?? '').split('.');
    const subject = await subjectOfCallback(parts, call, url, browser);
    if (subject === null) return refused(parts, call, undefined);
    const { issuer } = oidc;
    const opened = await signIn(parts, call, 'oidc', async (tx) => {
      const user = await findUserBySubject(tx, issuer, subject);
      return user === null
        ? null
        : { name: user.name, role: user.role, tenants: user.tenants, certificateSha256: null };
    });
    if (opened === null) return refused(parts, call, `${subject} of ${issuer}`);
    const path = pathBelow(Buffer.from(back, 'base64url').toString('utf8'));
    return { ok: true, redirect: path, cookies: [opened.cookie, forgetLogin()] };
  },
};

/** null: it is not the end of what began in this browser, or the provider does not vouch. */
async function subjectOfCallback(
  parts: ConsoleParts,
  call: DoorCall,
  url: string,
  browser: string,
): Promise<string | null> {
  const state = new URLSearchParams(call.queryText).getAll('state');
  const [given] = state;
  if (state.length !== 1 || given === undefined || !isToken(given) || !isToken(browser)) return null;
  const login = await parts.writes.transaction((tx) => takeLogin(tx, given, browser, parts.clock.now()));
  if (login === null) return null;
  try {
    const provider = await parts.provider();
    return await provider.subjectOf(new URL(`${url}${CALLBACK}?${call.queryText}`), {
      state: given,
      nonce: login.nonce,
      codeVerifier: login.code_verifier,
    });
  } catch (fault) {
    parts.logger.warn('console.provider_refused', { request_id: call.requestId, ...describeFault(fault) });
    return null;
  }
}

async function refused(parts: ConsoleParts, call: DoorCall, who: string | undefined): Promise<DoorAnswer> {
  const detail = 'the identity provider did not vouch for a user of the console';
  const { code } = await refuseSignIn(parts, call, {
    way: 'oidc',
    ...(who === undefined ? {} : { who }),
    detail,
  });
  // A navigation: an answer in JSON would be the last that the person sees.
  return { ok: true, redirect: `${REFUSED}${code}`, cookies: [forgetLogin()] };
}

/** Where the page was, as its router writes it. */
function backOf(queryText: string): string {
  const back = new URLSearchParams(queryText).get('back') ?? '/';
  return back.length <= BACK_MAX_LENGTH ? back : '/';
}

/** Below `/console`, whatever it says: a link to this door must not lead to somebody else's page. */
function pathBelow(back: string): string {
  const isPath = /^\/[\x21-\x7e]*$/.test(back) && !back.includes('\\');
  return isPath ? `/console${back}` : '/console/';
}

function forgetLogin(): string {
  return cookieText(LOGIN_COOKIE, '', { isTls: true, sameSite: 'Lax', maxAgeSeconds: 0 });
}

export const oidcDoors: readonly DoorRoute[] = [startAtProvider, comeBack];
