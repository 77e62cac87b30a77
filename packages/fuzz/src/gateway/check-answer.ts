import { ERROR_CODES, isWireErrorCode } from '@nyxera/federation-protocol';
import { CANARY } from '../json/mutate.ts';
import type { RawAnswer } from './raw-client.ts';
import type { Endpoint } from './templates.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const HTTP_LAYER_STATUS: readonly number[] = [400, 408, 413, 431];

export interface Judged {
  /** `accepted`, a code of section 17, or `http`. */
  readonly outcome: string;
  readonly requestId: string;
  readonly duplicate: boolean;
  readonly body: Readonly<Record<string, unknown>>;
}

export type CheckedAnswer =
  | { readonly ok: true; readonly value: Judged }
  | { readonly ok: false; readonly kind: string; readonly detail: string };

const wrong = (kind: string, detail: string): CheckedAnswer => ({ ok: false, kind, detail });

/** Whether an answer has the form that it must have, whatever the request was (PROTOCOL.md section 6). */
export function checkAnswer(answer: RawAnswer, endpoint: Endpoint, isHead: boolean): CheckedAnswer {
  if (answer.status >= 500) return wrong('5xx', `${answer.status} ${answer.body.slice(0, 300)}`);
  if (answer.status >= 300 && answer.status < 400) return wrong('redirect', answer.head);
  if (answer.head.includes(CANARY) || answer.body.includes(CANARY)) {
    // An adjustment names its target: what was stored comes back, signed. Everything else is an echo.
    if (!(endpoint === 'query' && answer.status === 200)) return wrong('echo', answer.body.slice(0, 300));
  }
  if (isHead) {
    const judged = { outcome: 'method_not_allowed', requestId: '', duplicate: false, body: {} };
    // An answer to HEAD has no body, so the status says it all; the HTTP layer does not know the method yet.
    if (answer.status === 405) return { ok: true, value: judged };
    if (answer.status === 404) return { ok: true, value: { ...judged, outcome: 'not_found' } };
    const isHttp = HTTP_LAYER_STATUS.includes(answer.status) && answer.headers.get('connection') === 'close';
    return isHttp ? { ok: true, value: { ...judged, outcome: 'http' } } : wrong('head', answer.head);
  }
  let body: Record<string, unknown>;
  try {
    body = JSON.parse(answer.body) as Record<string, unknown>;
  } catch {
    return wrong('not-json', `${answer.head}\n${answer.body.slice(0, 300)}`);
  }
  const requestId = body.request_id;
  if (typeof requestId !== 'string' || !UUID.test(requestId))
    return wrong('request-id', answer.body.slice(0, 300));
  if (answer.status < 300) return checkSuccess(answer, body, requestId, endpoint);
  return checkProblem(answer, body, requestId);
}

function checkProblem(answer: RawAnswer, body: Record<string, unknown>, requestId: string): CheckedAnswer {
  const bad = (why: string): CheckedAnswer => wrong('problem-form', `${why}: ${answer.body.slice(0, 400)}`);
  if (answer.headers.get('content-type') !== 'application/problem+json') return bad('media type');
  if (body.status !== answer.status) return bad('status');
  if (body.type === 'about:blank') {
    if (!HTTP_LAYER_STATUS.includes(answer.status)) return bad('about:blank with this status');
    return { ok: true, value: { outcome: 'http', requestId, duplicate: false, body } };
  }
  const errors = body.errors;
  const [error] = Array.isArray(errors) ? (errors as Record<string, unknown>[]) : [];
  const code = error?.error_code;
  if (typeof code !== 'string' || !isWireErrorCode(code)) return bad('code');
  const entry = ERROR_CODES[code];
  if (entry.httpStatus !== answer.status) return bad('status of the code');
  if (body.type !== `urn:nyxera:federation:error:${code}` || body.title !== entry.title)
    return bad('type or title');
  // The texts are the table's own, word for word: so they cannot hold anything of the input.
  if (body.detail !== entry.meaning || error?.error_message !== entry.meaning) return bad('text');
  const path = error?.path;
  if (path !== undefined && (typeof path !== 'string' || !/^(\/[a-z0-9_]{1,40}){0,8}$/.test(path)))
    return bad('path');
  const members = Object.keys(body).sort().join();
  if (members !== 'detail,errors,request_id,status,title,type') return bad('members');
  if (code === 'internal_error') return bad('internal_error');
  return { ok: true, value: { outcome: code, requestId, duplicate: false, body } };
}

const SUCCESS_STATUS: Readonly<Record<Endpoint, number>> = {
  telemetry: 202,
  graph: 202,
  batch: 202,
  query: 200,
  bundle: 200,
};

function checkSuccess(
  answer: RawAnswer,
  body: Record<string, unknown>,
  requestId: string,
  endpoint: Endpoint,
): CheckedAnswer {
  const bad = (why: string): CheckedAnswer => wrong('success-form', `${why}: ${answer.body.slice(0, 400)}`);
  if (answer.status !== SUCCESS_STATUS[endpoint]) return bad('status');
  if (!(answer.headers.get('content-type') ?? '').startsWith('application/json')) return bad('media type');
  if (
    endpoint === 'bundle' || endpoint === 'telemetry' ? body.accepted !== true : body.status !== 'accepted'
  ) {
    return bad('accepted');
  }
  if (endpoint === 'telemetry' && typeof body.duplicate !== 'boolean') return bad('duplicate');
  return { ok: true, value: { outcome: 'accepted', requestId, duplicate: body.duplicate === true, body } };
}
