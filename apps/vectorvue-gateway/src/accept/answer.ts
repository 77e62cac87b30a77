import type { WireErrorCode } from '@nyxera/federation-protocol';

/** What the peer is told. `drop`: nothing, the socket is destroyed, because the truth is not known. */
export type Answer =
  | { readonly kind: 'success'; readonly status: 200 | 202; readonly json: string }
  /** 200 with what is no JSON: a checkpoint, a tile. */
  | { readonly kind: 'content'; readonly mediaType: string; readonly bytes: Uint8Array }
  | Problem
  | { readonly kind: 'drop' };

export interface Problem {
  readonly kind: 'problem';
  readonly code: WireErrorCode;
  readonly path?: string;
  readonly retryAfterSeconds?: number;
}

export function success(status: 200 | 202, body: object): Answer {
  return { kind: 'success', status, json: JSON.stringify(body) };
}

export function problem(code: WireErrorCode, options: Omit<Problem, 'kind' | 'code'> = {}): Problem {
  return { kind: 'problem', code, ...options };
}
