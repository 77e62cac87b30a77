import type { IncomingMessage } from 'node:http';
import { isJsonObject, type JsonValue, parseStrictJson } from '@nyxera/federation-protocol';
import type { AnswerOutcome } from './outcome.ts';

/** A code goes into logs, tables and terminals, so only the alphabet of section 17 is taken over. */
const CODE = /^[a-z0-9][a-z0-9_.-]{0,63}$/;
const PROBLEM_TYPE = 'urn:nyxera:federation:error:';

export function isRedirect(status: number): boolean {
  return status >= 300 && status < 400;
}

/** The answer's body up to `limit` bytes; null when it is longer (the rest is not read). Rejects if it is cut off. */
export function readBody(response: IncomingMessage, limit: number): Promise<Buffer | null> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    response.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > limit) {
        resolve(null);
        response.destroy();
      } else {
        chunks.push(chunk);
      }
    });
    response.on('end', () => resolve(Buffer.concat(chunks)));
    response.on('error', reject);
    response.on('aborted', () => reject(new Error('the answer was cut off')));
  });
}

export function toAnswer(response: IncomingMessage, bytes: Buffer | null, nowMs: number): AnswerOutcome {
  const parsed = bytes === null || bytes.length === 0 ? null : parseStrictJson(bytes);
  const body = parsed?.ok === true ? parsed.value : null;
  const dateHeader = response.headers.date ?? null;
  return {
    kind: 'answer',
    status: response.statusCode ?? 0,
    code: errorCodeIn(body),
    retryAfterMs: parseRetryAfter(response.headers['retry-after'], dateHeader, nowMs),
    body,
    dateHeader,
  };
}

/** Deployed peers and ours put the code in different places (PROTOCOL.md section 6); any body is tolerated. */
export function errorCodeIn(body: JsonValue): string | null {
  if (!isJsonObject(body)) return null;
  const first = Array.isArray(body.errors) ? (body.errors[0] as JsonValue | undefined) : undefined;
  const candidates = [
    isJsonObject(first) ? first.error_code : undefined,
    body.error_code,
    typeof body.type === 'string' && body.type.startsWith(PROBLEM_TYPE)
      ? body.type.slice(PROBLEM_TYPE.length)
      : undefined,
    isJsonObject(body.detail) ? body.detail.error_code : undefined,
  ];
  return candidates.find((code): code is string => typeof code === 'string' && CODE.test(code)) ?? null;
}

/**
 * Milliseconds to wait. A date is read against the gateway's own Date header, since the two clocks may differ;
 * against ours where it has none. Null for anything unreadable.
 */
export function parseRetryAfter(
  value: string | undefined,
  date: string | null,
  nowMs: number,
): number | null {
  if (value === undefined) return null;
  const text = value.trim();
  if (/^[0-9]{1,15}$/.test(text)) return Number(text) * 1000;
  if (!/GMT$/.test(text)) return null;
  const until = Date.parse(text);
  const theirs = date === null ? Number.NaN : Date.parse(date);
  if (Number.isNaN(until)) return null;
  return Math.max(0, until - (Number.isNaN(theirs) ? nowMs : theirs));
}
