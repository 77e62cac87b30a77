import type { ServerResponse } from 'node:http';
import { accept, type Result, reject } from '@nyxera/federation-protocol';
import { deferred } from './deferred.ts';
import type { Exchange, Exchanges } from './exchange.ts';

const MEDIA_TYPE = /^application\/json(?:[ \t]*;[ \t]*charset=(?:utf-8|"utf-8"))?$/i;

/**
 * Step 2 of PROTOCOL.md section 5: media type, size, not empty, in this order. The size is refused from the
 * announcement where there is one, and else as soon as the stream exceeds it: nothing beyond is kept.
 * What does not fit in memory beside the other bodies is refused (503) as its bytes arrive, not as they are announced:
 * an announcement costs its author nothing.
 * null: the peer went away before the body was complete, so there is nobody to answer.
 */
export async function receiveBody(
  exchange: Exchange,
  response: ServerResponse,
  maxBytes: number,
  exchanges: Pick<Exchanges, 'hold' | 'release'>,
): Promise<Result<Uint8Array> | null> {
  const { request } = exchange;
  if (!hasJsonBody(request.rawHeaders)) {
    return reject('unsupported_media_type', 'the body must be application/json in UTF-8, not encoded');
  }
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > maxBytes) return tooLarge();
  if (request.headers.expect !== undefined) response.writeContinue();

  const body = await readAtMost(exchange, maxBytes, exchanges);
  if (body === null) return null;
  if (body === 'too-large') return tooLarge();
  if (body === 'no-room') return reject('service_unavailable', 'too many bodies are being received');
  return body.length === 0 ? reject('payload_required', 'the body is empty') : accept(body);
}

function tooLarge(): Result<Uint8Array> {
  return reject('payload_too_large', 'the body is larger than this endpoint takes');
}

/** Raw headers, because a repeated Content-Type must not be read as whichever came first. */
function hasJsonBody(rawHeaders: readonly string[]): boolean {
  let mediaTypes = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]?.toLowerCase();
    const value = rawHeaders[index + 1] ?? '';
    // Also `identity`: what was signed is what is on the wire, with nothing in between.
    if (name === 'content-encoding') return false;
    // Node decodes `chunked` only; another coding before it would leave bytes that nobody signed.
    if (name === 'transfer-encoding' && value.trim().toLowerCase() !== 'chunked') return false;
    if (name === 'content-type') {
      mediaTypes += 1;
      if (!MEDIA_TYPE.test(value.trim())) return false;
    }
  }
  return mediaTypes === 1;
}

type Unread = 'too-large' | 'no-room' | null;

function readAtMost(
  exchange: Exchange,
  maxBytes: number,
  exchanges: Pick<Exchanges, 'hold' | 'release'>,
): Promise<Buffer | Unread> {
  const { request } = exchange;
  const { promise, resolve } = deferred<Buffer | Unread>();
  const chunks: Buffer[] = [];
  let size = 0;
  const onData = (chunk: Buffer): void => {
    size += chunk.length;
    const refused = size > maxBytes ? 'too-large' : exchanges.hold(exchange, chunk.length) ? null : 'no-room';
    if (refused === null) chunks.push(chunk);
    else {
      request.off('data', onData);
      request.pause();
      chunks.length = 0;
      exchanges.release(exchange);
      resolve(refused);
    }
  };
  request.on('data', onData);
  request.once('end', () =>
    resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, size)),
  );
  request.once('error', () => resolve(null));
  request.once('close', () => resolve(null));
  return promise;
}
