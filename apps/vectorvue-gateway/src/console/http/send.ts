import type { ServerResponse } from 'node:http';
import { type Refusal, statusOf } from '../refusal.ts';
import type { Streamed } from '../streamed.ts';

export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  const bytes = Buffer.from(JSON.stringify(value), 'utf8');
  response.writeHead(status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': bytes.length,
  });
  response.end(bytes);
}

/** `faults` is always there, so that a page need not ask. */
export function sendRefusal(response: ServerResponse, refused: Refusal, requestId: string): void {
  const { code, detail, faults = [] } = refused;
  if (code === 'body_too_large') response.setHeader('Connection', 'close');
  if (code === 'busy' || code === 'unavailable' || code === 'starting')
    response.setHeader('Retry-After', '1');
  if (code === 'too_many_requests') response.setHeader('Retry-After', '60');
  sendJson(response, statusOf(code), { code, detail, faults, request_id: requestId });
}

/** Sends until the end, or until the reader has gone; the maker is told then, and not waited for. */
export async function sendStream(
  response: ServerResponse,
  stream: Streamed,
  signal: AbortSignal,
): Promise<void> {
  const name = stream.fileName;
  response.writeHead(200, {
    'Content-Type': stream.mediaType,
    ...(name === undefined
      ? {}
      : { 'Content-Disposition': `attachment; filename="${name.replaceAll(/[^A-Za-z0-9._-]/g, '_')}"` }),
  });
  response.flushHeaders();
  const chunks = stream.chunks[Symbol.asyncIterator]();
  const gone = new Promise<null>((resolve) => {
    if (signal.aborted) resolve(null);
    else signal.addEventListener('abort', () => resolve(null), { once: true });
  });
  try {
    for (;;) {
      const step = await Promise.race([chunks.next(), gone]);
      if (step === null || step.done === true) break;
      if (!response.write(step.value)) {
        const drained = new Promise((resolve) => response.once('drain', () => resolve(true)));
        if ((await Promise.race([drained, gone])) === null) break;
      }
    }
  } finally {
    // Not awaited: a maker that waits for news returns when it hears of the signal.
    chunks.return?.()?.catch(() => undefined);
  }
  response.end();
}
