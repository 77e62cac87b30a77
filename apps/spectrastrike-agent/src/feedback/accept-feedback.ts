import {
  type Adjustment,
  type Ed25519PublicKey,
  FEEDBACK_NONCE_KEEP_SECONDS,
  isJsonObject,
  type JsonValue,
  type Result,
  reject,
  verifyFeedbackResponse,
} from '@nyxera/federation-protocol';
import type { BoundAdjustment } from '../policy/adjustment.ts';
import { recordAdjustment, sweepExpiredAdjustments } from '../policy/adjustment-store.ts';
import { appendSecurityEntry } from '../security-log.ts';
import type { State } from '../state/open-state.ts';
import { anchorFault } from './anchor.ts';
import { claimFeedbackNonce, feedbackNonceSeen, sweepFeedbackNonces } from './nonce-store.ts';

/** What the query asked, and what answers to it are judged by. */
export interface FeedbackContext {
  /** Exactly as the query wrote it: the signature covers that spelling. */
  readonly tenantId: string;
  /** The nonce of the query, to which the answer must be bound. */
  readonly requestNonce: string;
  readonly keys: (kid: string) => Ed25519PublicKey | null;
  readonly requireBinding: boolean;
  /** Refuse items that name no execution of a pushed graph. */
  readonly anchor: boolean;
  /** Unix milliseconds. */
  readonly nowMs: number;
}

export interface RejectedItem {
  /** Index in `data`. */
  readonly index: number;
  readonly code: string;
  readonly detail: string;
}

export interface AcceptedFeedback {
  readonly recorded: readonly BoundAdjustment[];
  readonly rejected: readonly RejectedItem[];
  readonly kid: string;
  readonly signedAt: number;
  /** For people only: it is not covered by the signature. */
  readonly requestId: string | null;
}

/**
 * verify -> anchor -> record (PROTOCOL.md section 8, "The agent accepts a response only if").
 *
 * Everything is decided before the transaction; in it the nonce is claimed and the items are written, so that
 * a crash leaves both or neither. Whatever is refused, the whole or an item, is in the security log before
 * this returns, and has changed nothing that the policy engine reads.
 */
export function acceptFeedback(
  state: State,
  response: JsonValue,
  context: FeedbackContext,
): Result<AcceptedFeedback> {
  const nowSeconds = Math.floor(context.nowMs / 1000);
  const requestId = textMember(response, 'request_id');
  const claimedKid = textMember(response, 'kid') ?? '';
  if (context.tenantId.includes('|')) {
    // The separator of the signed input: with it, one signature would cover two readings (section 8).
    const refused = reject('feedback_signature_invalid', 'the tenant that was asked for holds a separator');
    logRejection(state, context, requestId, refused.code, refused.detail);
    return refused;
  }
  const verified = verifyFeedbackResponse(response, {
    tenantId: context.tenantId,
    requestNonce: context.requestNonce,
    keys: context.keys,
    now: nowSeconds,
    requireBinding: context.requireBinding,
    nonceSeen: (nonce) => state.read(() => feedbackNonceSeen(state.db, claimedKid, nonce)),
  });
  if (!verified.ok) {
    logRejection(state, context, requestId, verified.code, verified.detail);
    return verified;
  }

  const { adjustments, skipped, kid, nonce, signedAt } = verified.value;
  const outcome = state.transaction((): AcceptedFeedback | null => {
    if (!claimFeedbackNonce(state.db, kid, nonce, signedAt + FEEDBACK_NONCE_KEEP_SECONDS)) return null;
    const rejected: RejectedItem[] = [...skipped];
    const recorded: BoundAdjustment[] = [];
    const indexes = indexesOf(adjustments.length, skipped);
    for (const [position, adjustment] of adjustments.entries()) {
      const fault = context.anchor ? anchorFault(state.db, context.tenantId, adjustment) : null;
      if (fault === null) {
        const bound = bind(adjustment);
        recordAdjustment(state.db, bound, { kid, requestId, receivedAtMs: context.nowMs });
        recorded.push(bound);
      } else {
        const detail = `${fault}: ${adjustment.execution_fingerprint} about ${adjustment.target_urn}`;
        rejected.push({ index: indexes[position] ?? position, code: 'anchor_mismatch', detail });
      }
    }
    for (const one of loggedItems(rejected)) {
      appendSecurityEntry(state.db, {
        atMs: context.nowMs,
        class: 'feedback',
        code: one.code,
        detail: `item ${one.index}: ${one.detail}`,
        tenantId: context.tenantId.toLowerCase(),
        ref: requestId ?? nonce,
      });
    }
    sweepExpiredAdjustments(state.db, nowSeconds);
    sweepFeedbackNonces(state.db, nowSeconds);
    return { recorded, rejected, kid, signedAt, requestId };
  });
  if (outcome === null) {
    // Another process of this agent took the same answer between our look and our claim.
    const replayed = reject('feedback_replayed', 'the nonce of the answer was accepted before');
    logRejection(state, context, requestId, replayed.code, replayed.detail);
    return replayed;
  }
  return { ok: true, value: outcome };
}

/** As many as the largest query may ask for. */
const LOGGED_ITEMS_LIMIT = 1000;

/** An answer with a million bad items must not fill the log: the last entry then says how many more there were. */
function loggedItems(rejected: readonly RejectedItem[]): readonly RejectedItem[] {
  const logged = rejected.slice(0, LOGGED_ITEMS_LIMIT);
  const next = rejected[LOGGED_ITEMS_LIMIT];
  if (next === undefined) return logged;
  const more = rejected.length - LOGGED_ITEMS_LIMIT;
  return [...logged, { ...next, detail: `${next.detail}; this one and those after it, ${more} in all` }];
}

/** The indexes in `data` of the items that were not skipped. */
function indexesOf(count: number, skipped: readonly RejectedItem[]): readonly number[] {
  const gone = new Set(skipped.map((one) => one.index));
  return Array.from({ length: count + skipped.length }, (_, index) => index).filter(
    (index) => !gone.has(index),
  );
}

function bind(adjustment: Adjustment): BoundAdjustment {
  return {
    tenantId: adjustment.tenant_id.toLowerCase(),
    targetUrn: adjustment.target_urn,
    action: adjustment.action,
    confidence: adjustment.confidence,
    rationale: adjustment.rationale,
    control: adjustment.control,
    ttlSeconds: adjustment.ttl_seconds,
    timestamp: adjustment.timestamp,
    executionFingerprint: adjustment.execution_fingerprint.toLowerCase(),
    attestationMeasurementHash: adjustment.attestation_measurement_hash.toLowerCase(),
  };
}

function logRejection(
  state: State,
  context: FeedbackContext,
  requestId: string | null,
  code: string,
  detail: string,
): void {
  state.transaction(() =>
    appendSecurityEntry(state.db, {
      atMs: context.nowMs,
      class: 'feedback',
      code,
      detail,
      tenantId: context.tenantId.toLowerCase(),
      ref: requestId,
    }),
  );
}

function textMember(value: JsonValue, member: string): string | null {
  if (!isJsonObject(value) || !Object.hasOwn(value, member)) return null;
  const found = value[member];
  return typeof found === 'string' ? found : null;
}
