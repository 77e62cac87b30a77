import type { Queryable, Statement } from '../../store/database.ts';
import { hashToken } from './token.ts';

/** How long somebody may take at the identity provider, seconds. */
export const LOGIN_SECONDS = 600;

/** What is kept while somebody is there. */
export interface LoginUnderWay {
  readonly nonce: string;
  readonly code_verifier: string;
}

const INSERT: Statement = {
  name: 'console-login-start-v1',
  text: `INSERT INTO console_logins (state_sha256, browser_sha256, nonce, code_verifier, expires_at)
VALUES ($1, $2, $3, $4, $5)`,
};
/** Taken out as it is found: a code and a state that come a second time find nothing. */
const TAKE: Statement = {
  name: 'console-login-take-v1',
  text: `DELETE FROM console_logins WHERE state_sha256 = $1 AND browser_sha256 = $2 AND expires_at > $3
RETURNING nonce, code_verifier`,
};
const SWEEP: Statement = {
  name: 'console-login-sweep-v1',
  text: 'DELETE FROM console_logins WHERE expires_at < $1',
};

/** `browser`: the token in the cookie of the browser that began; nobody else can finish. */
export async function beginLogin(
  tx: Queryable,
  login: LoginUnderWay & { readonly state: string; readonly browser: string },
  nowMs: number,
): Promise<void> {
  await tx.query(SWEEP, [new Date(nowMs)]);
  await tx.query(INSERT, [
    hashToken(login.state),
    hashToken(login.browser),
    login.nonce,
    login.code_verifier,
    new Date(nowMs + LOGIN_SECONDS * 1000),
  ]);
}

/** null: nobody began this in that browser, or it is over, or it was finished. */
export async function takeLogin(
  tx: Queryable,
  state: string,
  browser: string,
  nowMs: number,
): Promise<LoginUnderWay | null> {
  const [row] = await tx.query<LoginUnderWay>(TAKE, [hashToken(state), hashToken(browser), new Date(nowMs)]);
  return row ?? null;
}
