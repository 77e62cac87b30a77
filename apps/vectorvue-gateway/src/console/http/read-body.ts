import type { IncomingMessage } from 'node:http';
import { type Refusal, refusal } from '../refusal.ts';
import { valuesOf } from './check-host.ts';

/** Bytes. Peers' keys and pins are the largest things that somebody types in. */
export const CONSOLE_BODY_MAX_BYTES = 64 * 1024;

/**
 * The JSON object of a body. How long it may take is the listener's requestTimeout. A form that another page submits cannot
 * have this media type without asking first.
 */
export async function readJsonBody(
  request: IncomingMessage,
): Promise<{ readonly ok: true; readonly value: unknown } | Refusal> {
  const types = valuesOf(request, 'content-type');
  if (types.length !== 1 || !/^application\/json(?:\s*;\s*charset=utf-8)?$/i.test(types[0] ?? '')) {
    return refusal('media_type_unsupported', 'send application/json');
  }
  if (request.headers['content-encoding'] !== undefined) {
    return refusal('media_type_unsupported', 'send it without Content-Encoding');
  }
  const tooLarge = refusal('body_too_large', `at most ${CONSOLE_BODY_MAX_BYTES} bytes`);
  if (Number(request.headers['content-length'] ?? 0) > CONSOLE_BODY_MAX_BYTES) return tooLarge;
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request) {
      const bytes = chunk as Buffer;
      size += bytes.length;
      if (size > CONSOLE_BODY_MAX_BYTES) return tooLarge;
      chunks.push(bytes);
    }
  } catch {
    return refusal('body_invalid', 'the body ended before its end');
  }
  try {
    return {
      ok: true,
      value: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks))),
    };
  } catch {
    return refusal('body_invalid', 'the body is not JSON');
  }
}
