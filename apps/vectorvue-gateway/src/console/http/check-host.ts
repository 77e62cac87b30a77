import type { IncomingMessage } from 'node:http';

/** How this console is reached; decides what a call must say about where it comes from. */
export interface ConsoleAddress {
  readonly scheme: 'http' | 'https';
  /** The listener is on loopback: its names are taken, with any port (a tunnel has another one). */
  readonly loopback: boolean;
  /** `host[:port]` of VV_TG_CONSOLE_URL, lower case; null: none is configured. */
  readonly publicHost: string | null;
}

const LOOPBACK_HOST = /^(?:localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])(?::\d{1,5})?$/;

/**
 * Whether the call names this console. A page of somebody else whose name has been made to resolve to 127.0.0.1 (DNS
 * rebinding) is of one origin with us in the eyes of the browser, but it says its own name here.
 */
export function namesThisConsole(request: IncomingMessage, address: ConsoleAddress): boolean {
  const hosts = valuesOf(request, 'host');
  const [host] = hosts;
  if (hosts.length !== 1 || host === undefined) return false;
  const name = host.toLowerCase();
  if (name === address.publicHost) return true;
  return address.loopback && LOOPBACK_HOST.test(name);
}

/**
 * Whether the call comes from a page of ours. What changes something must say so by Origin, which browsers send with every
 * POST and no page can set; a read is refused where the browser says that another site asks.
 */
export function comesFromHere(request: IncomingMessage, address: ConsoleAddress): boolean {
  const origins = valuesOf(request, 'origin');
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false;
  const own = `${address.scheme}://${(request.headers.host ?? '').toLowerCase()}`;
  if (origins.length > 0) return origins.length === 1 && origins[0]?.toLowerCase() === own;
  return request.method === 'GET';
}

/** Each value as it was sent: Node keeps the first of some headers and joins others. */
export function valuesOf(request: IncomingMessage, name: string): readonly string[] {
  const values: string[] = [];
  for (let index = 0; index < request.rawHeaders.length; index += 2) {
    if (request.rawHeaders[index]?.toLowerCase() === name) values.push(request.rawHeaders[index + 1] ?? '');
  }
  return values;
}
