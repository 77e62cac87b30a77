import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { PROBLEM_MEDIA_TYPE } from '@nyxera/federation-protocol';
import type { Exchanges } from './exchange.ts';

const STATUS_OF_FAULT: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

/**
 * What does not parse as HTTP, or takes too long: smuggling shapes (both Content-Length and
 * Transfer-Encoding), bare line feeds, headers without end. It never becomes a request, so section 17 has
 * no code for it; RFC 9457 `about:blank` says that the status is all there is. The connection always ends,
 * because where the next request begins is no longer known. Returns what is to be counted.
 */
export function answerMalformedHttp(
  fault: Error,
  socket: Duplex,
  exchanges: Exchanges,
  requestId: string,
): string {
  const code = (fault as { code?: unknown }).code;
  const reason = typeof code === 'string' && /^(HPE_[A-Z_]+|ERR_HTTP_[A-Z_]+)$/.test(code) ? code : 'OTHER';
  const mayWrite = socket instanceof TLSSocket && socket.authorized && socket.writable && reason !== 'OTHER';
  // Behind a request that is still being answered an answer of ours would be taken for that request's.
  const pending = mayWrite ? exchanges.of(socket) : [];
  if (!mayWrite || pending.some((exchange) => exchange.request.complete)) {
    socket.destroy();
    return reason;
  }
  const status = STATUS_OF_FAULT[reason] ?? 400;
  const id = pending[0]?.requestId ?? requestId;
  socket.end(rawProblem(status, id), () => socket.destroy());
  return reason;
}

function rawProblem(status: number, requestId: string): string {
  const title = STATUS_CODES[status] ?? 'Bad Request';
  const body = JSON.stringify({
    type: 'about:blank',
    title,
    status,
    detail: 'The connection did not carry an HTTP request that can be read.',
    request_id: requestId,
    errors: [],
  });
  return (
    `HTTP/1.1 ${status} ${title}\r\nContent-Type: ${PROBLEM_MEDIA_TYPE}\r\n` +
    `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`
  );
}
