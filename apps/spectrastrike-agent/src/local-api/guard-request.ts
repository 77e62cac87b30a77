import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { type Refusal, refuse } from './answer.ts';

/** What stands before every request of one listener. null: it may pass. */
export type Guard = (request: IncomingMessage, open: boolean) => Refusal | null;

/** On the unix socket the file's mode (0600) says who may come; the rest stops what a browser could be made to send. */
export function guardSocket(): Guard {
  return (request) => refuseBrowser(request);
}

/**
 * On TCP any user of this machine can connect, and any web page in its browsers: DNS that is rebound to loopback makes
 * a page "same-origin" here, which its Host header gives away, and a form or `no-cors` fetch needs no permission
 * at all. So: the Host is one of ours, no Origin, and the token. `open` paths (alive, ready) need no token.
 */
export function guardLoopback(hosts: () => readonly string[], token: string): Guard {
  const expected = digest(token);
  return (request, open) => {
    const host = request.headers.host?.toLowerCase() ?? '';
    if (!hosts().includes(host)) return refuse('host_refused');
    const browser = refuseBrowser(request);
    if (browser !== null || open) return browser;
    return timingSafeEqual(digest(bearerOf(request)), expected) ? null : refuse('token_required');
  };
}

/** Browsers put these on what a page sends; no program of ours does. */
function refuseBrowser(request: IncomingMessage): Refusal | null {
  const { origin, 'sec-fetch-site': site } = request.headers;
  return origin === undefined && site === undefined ? null : refuse('origin_refused');
}

/** A second Authorization header is dropped by Node: the first one counts. */
function bearerOf(request: IncomingMessage): string {
  return /^Bearer ([\x21-\x7e]{1,512})$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
}

/** Hashed first, so that neither length nor content shows in the time that it takes. */
function digest(text: string): Uint8Array {
  return createHash('sha256').update(text).digest();
}
