import { createHash, randomBytes } from 'node:crypto';

/** 256 random bits: a session's cookie, a link, a state. */
const TOKEN_BYTES = 32;
const TOKEN = /^[A-Za-z0-9_-]{43}$/;

/** base64url, 43 characters. */
export function newToken(): string {
  return randomBytes(TOKEN_BYTES).toString('base64url');
}

export function isToken(text: string): boolean {
  return TOKEN.test(text);
}

/**
 * What the database keeps: whoever reads it cannot sign in with it. Without salt and without stretching, because the token is
 * random; and looked up by equality, so that time says nothing about a token that is not there.
 */
export function hashToken(token: string): Uint8Array {
  return createHash('sha256').update(token, 'utf8').digest();
}

/**
 * What a page has to send with each call that is not a GET, beside the cookie that the browser sends by itself: made from
 * the session's token, which no page can read.
 */
export function csrfTokenOf(sessionToken: string): string {
  return createHash('sha256').update(`vectorvue.console.csrf|${sessionToken}`, 'utf8').digest('base64url');
}
