import { MAX_BODY_BYTES, type SendSigned, TELEMETRY_PATH, telemetryBody } from '../prepare-envelope.ts';
import { type BackoffLimits, delayMs, judge, type Verdict } from '../retry-policy.ts';
import type { Lane, Settlement, SpooledEvent } from '../spool/types.ts';

/** The verdict on one attempt, or why none was made: our own key could not be used, or the body is too large. */
export type AttemptVerdict =
  | Verdict
  | { readonly kind: 'unsigned' | 'too-large'; readonly code: string; readonly detail: string };

/** One event, signed afresh and sent once (PROTOCOL.md section 13). */
export async function attemptEvent(
  sendSigned: SendSigned,
  event: SpooledEvent,
  lane: Lane,
  onSent: () => void,
): Promise<AttemptVerdict> {
  const { outcome } = await sendSigned(
    TELEMETRY_PATH,
    (timestamp, nonce) => telemetryBody(event, lane, timestamp, nonce),
    { idempotencyKey: event.executionHash, onSent },
  );
  switch (outcome.kind) {
    case 'too_large': {
      const detail = `the signed body has ${outcome.bytes} bytes, the gateway takes ${MAX_BODY_BYTES}; not sent`;
      return { kind: 'too-large', code: 'payload_too_large', detail };
    }
    case 'unsigned':
      return { kind: 'unsigned', code: 'key_unavailable', detail: 'the signing key could not be used' };
    default:
      return judge(outcome);
  }
}

export interface SettlementContext {
  readonly nowMs: number;
  readonly limits: BackoffLimits;
  readonly random: () => number;
}

/** What the verdict means for the event's row. What it means for lane and gateway is decided elsewhere. */
export function settlementOf(
  event: SpooledEvent,
  verdict: AttemptVerdict,
  context: SettlementContext,
): Settlement {
  const { seq } = event;
  switch (verdict.kind) {
    case 'delivered':
      return { ...verdict, seq };
    case 'retry': {
      const wait = delayMs(event.attempts, verdict.retryAfterMs, context.limits, context.random);
      const { code, detail } = verdict;
      return { kind: 'retry', seq, nextAttemptMs: context.nowMs + wait, code, detail };
    }
    case 'replay': {
      if (event.replayRetries === 0) return { kind: 'replayed', seq, detail: verdict.detail };
      const detail = `possibly delivered: two fresh nonces were answered as replays (${verdict.detail})`;
      return { kind: 'quarantined', seq, code: 'replay_detected', detail, security: true };
    }
    case 'too-large':
    case 'quarantine': {
      const { code, detail } = verdict;
      return { kind: 'quarantined', seq, code, detail, security: code === 'event_conflict' };
    }
    case 'throttle':
    case 'gateway-away':
    case 'pause-lane':
    case 'mark-gateway':
    case 'unsigned':
      return { kind: 'kept', seq, code: verdict.code, detail: verdict.detail };
  }
}
