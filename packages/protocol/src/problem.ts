import { ERROR_CODES, type WireErrorCode } from './error-codes.ts';

/** Body of every error answer: RFC 9457 `application/problem+json` (PROTOCOL.md section 6). */
export interface ProblemDetails {
  readonly type: `urn:nyxera:federation:error:${WireErrorCode}`;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly request_id: string;
  readonly errors: readonly [
    { readonly error_code: WireErrorCode; readonly error_message: string; readonly path?: string },
  ];
}

export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

/**
 * Everything but the request id and the path comes from the table, so an answer cannot echo input.
 * `path` must come from a `Rejection`: those name only members that the schema knows.
 */
export function problemDetails(
  code: WireErrorCode,
  requestId: string,
  options: { readonly path?: string } = {},
): ProblemDetails {
  const entry = ERROR_CODES[code];
  const error = { error_code: code, error_message: entry.meaning };
  return {
    type: `urn:nyxera:federation:error:${code}`,
    title: entry.title,
    status: entry.httpStatus ?? 500,
    detail: entry.meaning,
    request_id: requestId,
    errors: [options.path === undefined ? error : { ...error, path: options.path }],
  };
}
