import { PROBLEM_MEDIA_TYPE } from '@nyxera/federation-protocol';
import type { JsonLike } from '../cli/command-result.ts';
import { API_CODES, type ApiCode } from './api-codes.ts';

/** What a handler decided; written by `api-app.ts`. */
export interface Answer {
  readonly status: number;
  readonly mediaType: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** For the metrics: `ok`, or the code of the refusal. */
  readonly code: 'ok' | ApiCode;
}

/** One thing that was wrong, with its place: a member, `line 3`, a parameter. */
export type ErrorItem = {
  readonly error_code: ApiCode;
  readonly error_message: string;
  readonly path?: string;
};

export interface RefusalOptions {
  /** Instead of the table's sentence. Never quotes what was sent. */
  readonly detail?: string;
  readonly path?: string;
  /** Instead of the one error that the code itself is. */
  readonly errors?: readonly ErrorItem[];
  /** Members beside those of RFC 9457, such as counts. */
  readonly more?: Readonly<Record<string, JsonLike>>;
  readonly retryAfterSeconds?: number;
}

/** An expected refusal on its way to the client. */
export interface Refusal {
  readonly ok: false;
  readonly code: ApiCode;
  readonly options: RefusalOptions;
}

export function refuse(code: ApiCode, options: RefusalOptions = {}): Refusal {
  return { ok: false, code, options };
}

export function jsonAnswer(status: number, body: JsonLike, pretty = false): Answer {
  const text = pretty ? JSON.stringify(body, null, 2) : JSON.stringify(body);
  return { status, mediaType: 'application/json', body: `${text}\n`, code: 'ok' };
}

/** RFC 9457, in the form of PROTOCOL.md section 6. */
export function problemAnswer(refusal: Refusal, requestId: string): Answer {
  const { code, options } = refusal;
  const entry = API_CODES[code];
  const detail = options.detail ?? entry.meaning;
  const own: ErrorItem =
    options.path === undefined
      ? { error_code: code, error_message: detail }
      : { error_code: code, error_message: detail, path: options.path };
  const problem = {
    type: `urn:nyxera:federation:error:${code}`,
    title: entry.title,
    status: entry.status,
    detail,
    request_id: requestId,
    ...options.more,
    errors: options.errors ?? [own],
  };
  const retry = options.retryAfterSeconds;
  return {
    status: entry.status,
    mediaType: PROBLEM_MEDIA_TYPE,
    body: `${JSON.stringify(problem)}\n`,
    ...(retry === undefined ? {} : { headers: { 'retry-after': String(retry) } }),
    code,
  };
}
