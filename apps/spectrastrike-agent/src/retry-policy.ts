import { isJsonObject, type JsonValue } from '@nyxera/federation-protocol';
import { acceptanceIn } from './deliver/acceptance.ts';
import type { ClientOutcome } from './gateway-client.ts';

/** What an outcome means for its event, its lane and its gateway (PROTOCOL.md section 13). */
export type Verdict =
  | {
      readonly kind: 'delivered';
      readonly duplicate: boolean;
      readonly requestId: string | null;
      readonly receipt: string | null;
    }
  /** The event tries again after a backoff of its own, and counts towards the circuit. */
  | {
      readonly kind: 'retry';
      readonly code: string;
      readonly detail: string;
      readonly retryAfterMs: number | null;
    }
  /** 429: the whole lane waits, because the bucket is the operator's. */
  | {
      readonly kind: 'throttle';
      readonly code: string;
      readonly detail: string;
      readonly retryAfterMs: number | null;
    }
  /** No request byte left: the event keeps its place and the circuit opens. */
  | { readonly kind: 'gateway-away'; readonly code: string; readonly detail: string }
  /** 401 and 403. */
  | { readonly kind: 'pause-lane'; readonly code: string; readonly detail: string }
  /** 409 for a fresh nonce. */
  | { readonly kind: 'replay'; readonly detail: string }
  | { readonly kind: 'quarantine'; readonly code: string; readonly detail: string }
  /** 3xx, TLS, pin. */
  | { readonly kind: 'mark-gateway'; readonly code: string; readonly detail: string };

/** Longest Retry-After that is honoured, milliseconds: a gateway's slip must not silence an agent for years. */
export const MAX_RETRY_AFTER_MS = 24 * 60 * 60 * 1000;

/**
 * One row of section 13 each. A status that the protocol does not know (404, 405, 400, a 200 without an acceptance)
 * is a misplaced balancer more often than a bad event: it is retried, which loses nothing, and if every event gets it
 * the circuit opens and the operator sees why.
 */
export function judge(outcome: ClientOutcome): Verdict {
  switch (outcome.kind) {
    case 'untrusted':
      return { kind: 'mark-gateway', code: outcome.code, detail: outcome.detail };
    case 'unreachable': {
      const detail = `the gateway was not reached (${outcome.reason})`;
      if (outcome.phase === 'connect') return { kind: 'gateway-away', code: outcome.reason, detail };
      return {
        kind: 'retry',
        code: outcome.reason,
        detail: `${detail}, after the request had left`,
        retryAfterMs: null,
      };
    }
    case 'answer':
      return judgeAnswer(outcome);
  }
}

function judgeAnswer(answer: Extract<ClientOutcome, { kind: 'answer' }>): Verdict {
  const { status } = answer;
  const code = answer.code ?? String(status);
  const detail = detailOf(status, answer.body);
  const retryAfterMs =
    answer.retryAfterMs === null ? null : Math.min(answer.retryAfterMs, MAX_RETRY_AFTER_MS);
  switch (status) {
    case 401:
    case 403:
      return { kind: 'pause-lane', code, detail };
    case 409:
      return code === 'event_conflict' ? { kind: 'quarantine', code, detail } : { kind: 'replay', detail };
    case 413:
    case 415:
    case 422:
      return { kind: 'quarantine', code, detail };
    case 429:
      return { kind: 'throttle', code, detail, retryAfterMs };
    default: {
      const acceptance = acceptanceIn(status, answer.body);
      return acceptance === null
        ? { kind: 'retry', code, detail, retryAfterMs }
        : { kind: 'delivered', ...acceptance };
    }
  }
}

/** Only what is safe to show: the status, the request id, and a JSON Pointer where the gateway gives one. */
function detailOf(status: number, body: JsonValue | null): string {
  const parts = [`status ${status}`];
  if (isJsonObject(body ?? undefined)) {
    const object = body as { readonly [member: string]: JsonValue };
    const requestId = object.request_id;
    const first: JsonValue | undefined = Array.isArray(object.errors) ? object.errors[0] : undefined;
    const path = isJsonObject(first) ? first.path : undefined;
    if (typeof path === 'string' && /^[\x21-\x7e]{1,128}$/.test(path)) parts.push(`at ${path}`);
    if (typeof requestId === 'string' && /^[A-Za-z0-9-]{1,64}$/.test(requestId))
      parts.push(`request ${requestId}`);
  }
  return parts.join(', ');
}

export interface BackoffLimits {
  readonly baseMs: number;
  readonly capMs: number;
}

/**
 * Exponential backoff with full jitter: uniform between 0 and min(cap, base x 2^failures). Full, because agents that
 * lost one gateway together must not come back to it together.
 */
export function backoffMs(failures: number, limits: BackoffLimits, random: () => number): number {
  const ceiling = Math.min(limits.capMs, limits.baseMs * 2 ** Math.min(failures, 30));
  return Math.floor(random() * ceiling);
}

/** Retry-After is a floor; what is added to it spreads those who were all given the same second. */
export function delayMs(
  failures: number,
  retryAfterMs: number | null,
  limits: BackoffLimits,
  random: () => number,
): number {
  if (retryAfterMs === null) return backoffMs(failures, limits, random);
  return retryAfterMs + backoffMs(0, limits, random);
}
