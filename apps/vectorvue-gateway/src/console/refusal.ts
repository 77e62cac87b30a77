/** What is wrong with one field of a query or a body; `field` as the caller wrote it, dots between levels. */
export interface FieldFault {
  readonly field: string;
  readonly message: string;
}

/** Why a call was not done. The code is the contract, the detail is for people. */
export interface Refusal {
  readonly ok: false;
  readonly code: string;
  readonly detail: string;
  readonly faults?: readonly FieldFault[];
}

/** What a handler answers with; results of `src/trust` are such already. */
export type Handled<Value> = { readonly ok: true; readonly value: Value } | Refusal;

/** Codes that have a status of their own. Any other refusal is 409: the call is fine, the state of things is not. */
const STATUS: Readonly<Record<string, number>> = {
  filter_invalid: 400,
  input_invalid: 400,
  body_invalid: 400,
  session_required: 401,
  sign_in_refused: 401,
  role_insufficient: 403,
  tenant_forbidden: 403,
  csrf_required: 403,
  origin_rejected: 403,
  not_found: 404,
  method_not_allowed: 405,
  body_too_large: 413,
  media_type_unsupported: 415,
  host_rejected: 421,
  too_many_requests: 429,
  internal_error: 500,
  busy: 503,
  unavailable: 503,
};

export const REFUSAL_CODES: readonly string[] = Object.keys(STATUS);

export function statusOf(code: string): number {
  if (Object.hasOwn(STATUS, code)) return STATUS[code] ?? 500;
  // `finding_unknown`, `key_unknown`: the thing that the path or the body names is not there.
  return code.endsWith('_unknown') ? 404 : 409;
}

export function refusal(code: string, detail: string, faults?: readonly FieldFault[]): Refusal {
  return { ok: false, code, detail, ...(faults === undefined ? {} : { faults }) };
}

/** A fault of one field that no schema can know, beside the field. */
export function fieldRefusal(
  code: 'filter_invalid' | 'input_invalid',
  field: string,
  message: string,
): Refusal {
  return refusal(code, 'some fields are not usable', [{ field, message }]);
}

/** Inside `src/console` only: ends a call from deep within, with nothing done. `answer-call.ts` makes a refusal of it. */
export class Refused extends Error {
  readonly refusal: Refusal;

  constructor(refused: Refusal) {
    super(refused.detail);
    this.refusal = refused;
  }
}
