import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { problemAnswer, refuse } from './answer.ts';
import type { ApiCode } from './api-codes.ts';

const CODE_OF_FAULT: Readonly<Record<string, ApiCode>> = {
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 'payload_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
};

/**
 * What does not parse as HTTP, or whose headers do not come to an end. It never becomes a request, so this is written
 * by hand, and the connection ends: where the next request begins is no longer known.
 */
export function answerMalformed(fault: Error, socket: Duplex, requestId: string): ApiCode {
  const reason = (fault as { code?: unknown }).code;
  const code = (typeof reason === 'string' ? CODE_OF_FAULT[reason] : undefined) ?? 'bad_request';
  if (reason === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return code;
  }
  const { status, mediaType, body } = problemAnswer(refuse(code), requestId);
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nContent-Type: ${mediaType}\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
    () => socket.destroy(),
  );
  return code;
}
