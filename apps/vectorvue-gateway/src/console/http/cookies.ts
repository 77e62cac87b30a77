import type { IncomingMessage } from 'node:http';
import { valuesOf } from './check-host.ts';

/**
 * The session's cookie. Over TLS with the `__Host-` prefix: no other host and no plain connection can have set it. On plain
 * loopback the port is in the name, because browsers keep cookies by host: two gateways on one machine are told apart.
 */
export function sessionCookieName(isTls: boolean, localPort: number): string {
  return isTls ? '__Host-vv_console' : `vv_console_${localPort}`;
}

/** Readable by no page, sent to nobody else, gone with the browser. */
export function cookieText(
  name: string,
  value: string,
  options: { readonly isTls: boolean; readonly sameSite?: 'Strict' | 'Lax'; readonly maxAgeSeconds?: number },
): string {
  const { isTls, sameSite = 'Strict', maxAgeSeconds } = options;
  return [
    `${name}=${value}`,
    // The prefix asks for the root; else not more than is needed.
    `Path=${isTls ? '/' : '/console'}`,
    'HttpOnly',
    `SameSite=${sameSite}`,
    ...(isTls ? ['Secure'] : []),
    ...(maxAgeSeconds === undefined ? [] : [`Max-Age=${maxAgeSeconds}`]),
  ].join('; ');
}

/** null: absent, or there twice: somebody else (another port of this host) put one beside ours, and which is ours cannot be told. */
export function readCookie(request: IncomingMessage, name: string): string | null {
  const found = valuesOf(request, 'cookie')
    .flatMap((header) => header.split(';'))
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`));
  return found.length === 1 ? (found[0]?.slice(name.length + 1) ?? null) : null;
}
