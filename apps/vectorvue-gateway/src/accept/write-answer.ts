import type { IncomingMessage, ServerResponse } from 'node:http';
import { ERROR_CODES, PROBLEM_MEDIA_TYPE, problemDetails } from '@nyxera/federation-protocol';
import type { Answer } from './answer.ts';

/** A refused body up to this size is read to its end, so that the connection can be kept. Bytes. */
const DRAIN_BYTES = 65_536;
/** Otherwise it is read for this long, so that the peer finds the answer before the connection ends. */
const LINGER_MS = 1000;

/** Writes the one answer of a request. `closing`: the gateway is shutting down. */
export function writeAnswer(
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
  answer: Answer,
  options: { readonly closing: boolean; readonly allow?: string },
): void {
  if (answer.kind === 'drop') {
    request.socket.destroy();
    return;
  }
  if (response.headersSent || response.destroyed) return;
  const { status, mediaType, body } = render(answer, requestId);
  // Names and values alternating, and a body that is text: Node then sends head and body as one piece.
  const headers: (string | number)[] = [
    'Content-Type',
    mediaType,
    'Content-Length',
    Buffer.byteLength(body),
    'Cache-Control',
    'no-store',
    'X-Content-Type-Options',
    'nosniff',
  ];
  if (options.allow !== undefined) headers.push('Allow', options.allow);
  if (answer.kind === 'problem' && answer.retryAfterSeconds !== undefined) {
    headers.push('Retry-After', answer.retryAfterSeconds);
  }
  if (request.complete || mayBeDrained(request)) {
    if (options.closing) headers.push('Connection', 'close');
    response.writeHead(status, headers as string[]).end(body);
    // What is left of a small body is read and forgotten, and the connection goes on.
    if (!request.complete) request.resume();
    return;
  }
  headers.push('Connection', 'close');
  response.writeHead(status, headers as string[]).write(body);
  linger(request, response);
}

/** JSON stays text (see above); what is no JSON is bytes. */
function render(
  answer: Exclude<Answer, { readonly kind: 'drop' }>,
  requestId: string,
): { readonly status: number; readonly mediaType: string; readonly body: string | Uint8Array } {
  switch (answer.kind) {
    case 'success':
      return { status: answer.status, mediaType: 'application/json', body: answer.json };
    case 'content':
      return { status: 200, mediaType: answer.mediaType, body: answer.bytes };
    case 'problem': {
      const path = answer.path === undefined ? {} : { path: answer.path };
      const body = JSON.stringify(problemDetails(answer.code, requestId, path));
      return { status: ERROR_CODES[answer.code].httpStatus ?? 500, mediaType: PROBLEM_MEDIA_TYPE, body };
    }
  }
}

function mayBeDrained(request: IncomingMessage): boolean {
  const chunked = request.headers['transfer-encoding'] !== undefined;
  return (
    !chunked && Number(request.headers['content-length'] ?? 0) <= DRAIN_BYTES && !request.readableAborted
  );
}

/**
 * Closing a socket with unread input sends a reset, and the reset can overtake the answer: the peer would
 * see a broken connection instead of 413 and try again for ever. So the answer is complete on the wire, then
 * input is thrown away for a moment, and then the connection ends.
 */
function linger(request: IncomingMessage, response: ServerResponse): void {
  const finish = (): void => {
    clearTimeout(timer);
    response.end();
  };
  const timer = setTimeout(finish, LINGER_MS);
  request.once('end', finish);
  request.once('close', finish);
  request.resume();
}
