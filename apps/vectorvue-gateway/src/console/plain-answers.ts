import type { ServerResponse } from 'node:http';

/**
 * What is answered below `/console` where no console is: in the form of its refusals, without loading any of it. `starting`:
 * the store is not open yet, or the gateway stops; a page waits and asks again.
 */
export function answerPlainly(
  response: ServerResponse,
  code: 'starting' | 'unavailable' | 'console_off',
  detail: string,
): void {
  const isOff = code === 'console_off';
  response
    .writeHead(isOff ? 404 : 503, {
      'Content-Type': 'application/json; charset=utf-8',
      'Cache-Control': 'no-store',
      ...(isOff ? {} : { 'Retry-After': '1' }),
    })
    .end(JSON.stringify({ code, detail, faults: [], request_id: null }));
}
