import type { IncomingMessage } from 'node:http';
import { type Refusal, refuse } from './answer.ts';

const PARAMETERS = /^[ \t]*charset=(?:utf-8|"utf-8")[ \t]*$/i;

/**
 * The media type of a body, lower-cased, without its parameters; null where none is declared. Refused: an encoded body
 * (a small one could become gigabytes), a repeated header, another charset than UTF-8.
 */
export function mediaTypeOf(request: IncomingMessage): { ok: true; value: string | null } | Refusal {
  let declared: string | null = null;
  for (let at = 0; at < request.rawHeaders.length; at += 2) {
    const name = request.rawHeaders[at]?.toLowerCase();
    const value = request.rawHeaders[at + 1] ?? '';
    if (name === 'content-encoding') return refuse('unsupported_media_type');
    if (name === 'transfer-encoding' && value.trim().toLowerCase() !== 'chunked') {
      return refuse('unsupported_media_type');
    }
    if (name !== 'content-type') continue;
    if (declared !== null) return refuse('unsupported_media_type');
    declared = value;
  }
  if (declared === null) return { ok: true, value: null };
  const [type = '', ...parameters] = declared.split(';');
  if (parameters.some((one) => /charset/i.test(one) && !PARAMETERS.test(one))) {
    return refuse('unsupported_media_type');
  }
  return { ok: true, value: type.trim().toLowerCase() };
}
