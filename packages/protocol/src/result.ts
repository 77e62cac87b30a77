import type { ErrorCode } from './error-codes.ts';

/** An expected refusal: a value, never an exception. `detail` is for humans and never echoes a secret. */
export interface Rejection {
  readonly ok: false;
  readonly code: ErrorCode;
  readonly detail: string;
  /** JSON Pointer (RFC 6901) of a member that the schema knows, e.g. "/payload/severity"; "" is the whole. */
  readonly path?: string;
  /** Where in the input, in bytes; only from `parseStrictJson`. */
  readonly offset?: number;
}

export interface Accepted<V> {
  readonly ok: true;
  readonly value: V;
}

export type Result<V> = Accepted<V> | Rejection;

export function accept<V>(value: V): Accepted<V> {
  return { ok: true, value };
}

export function reject(code: ErrorCode, detail: string, path?: string): Rejection {
  return path === undefined ? { ok: false, code, detail } : { ok: false, code, detail, path };
}
