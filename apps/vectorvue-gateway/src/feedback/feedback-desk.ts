import { randomBytes } from 'node:crypto';
import { ADJUSTMENT_AHEAD_SECONDS, accept, type Result, reject } from '@nyxera/federation-protocol';
import { describeFault, type Logger } from '../logging.ts';
import type { AdjustmentRow, IssuedFeedback } from '../store/commit-types.ts';
import type { Queryable } from '../store/database.ts';
import type { TrustSnapshot } from '../trust/trust-snapshot.ts';
import { type Choice, chooseAdjustments } from './choose-adjustments.ts';
import type { FeedbackSigner, FeedbackSigning } from './feedback-signing.ts';
import { reissueForFindings } from './reissue-for-findings.ts';
import type { FeedbackRules } from './rules.ts';
import { signFeedback } from './sign-feedback.ts';
import { LIVING_ADJUSTMENTS, type LivingAdjustmentRow } from './sql/living-adjustments.ts';

export interface FeedbackQuestion {
  readonly requestId: string;
  /** The mapped tenant, lower case: whose adjustments are read. */
  readonly tenantId: string;
  /** As the query wrote it: what is signed. */
  readonly tenantIdAsAsked: string;
  readonly requestNonce: string;
  readonly limit: number;
  /** Unix milliseconds. */
  readonly nowMs: number;
  readonly trust: TrustSnapshot;
}

export interface PreparedFeedback {
  readonly json: string;
  readonly issued: IssuedFeedback;
  readonly reissued: readonly AdjustmentRow[];
}

/**
 * Prepares a signed answer to a query. Nothing is written: the answer is signed before the commit, so that a
 * signing failure claims no nonce, and it is sent only after the commit. `service_unavailable` where it
 * cannot be done now: no key, key not active, store or signer away.
 */
export interface FeedbackDesk {
  prepare(question: FeedbackQuestion): Promise<Result<PreparedFeedback>>;
}

export interface FeedbackDeskParts {
  readonly db: Queryable;
  readonly rules: FeedbackRules;
  readonly signing: Pick<FeedbackSigning, 'forTenant'>;
  readonly logger: Logger;
}

export function createFeedbackDesk(parts: FeedbackDeskParts): FeedbackDesk {
  return {
    prepare: async (question) => {
      try {
        const { tenantId, trust, nowMs } = question;
        return await parts.signing.forTenant(tenantId, trust, nowMs, (active) =>
          prepare(parts, question, active),
        );
      } catch (fault) {
        parts.logger.error('feedback.failed', { request_id: question.requestId, ...describeFault(fault) });
        return reject('service_unavailable', 'the feedback cannot be read or signed now');
      }
    },
  };
}

async function prepare(
  parts: FeedbackDeskParts,
  question: FeedbackQuestion,
  active: FeedbackSigner | null,
): Promise<Result<PreparedFeedback>> {
  const { db, rules } = parts;
  if (active === null) {
    parts.logger.error('feedback.no_active_key', { request_id: question.requestId });
    return reject('service_unavailable', 'no feedback key may sign for this tenant');
  }
  const nowSeconds = Math.floor(question.nowMs / 1000);
  const reissued = await reissueForFindings(db, rules, question.tenantId, nowSeconds);
  const living = await db.query<LivingAdjustmentRow>(LIVING_ADJUSTMENTS, [
    question.tenantId,
    nowSeconds,
    question.limit,
    nowSeconds + ADJUSTMENT_AHEAD_SECONDS,
  ]);
  const adjustments = chooseAdjustments([...living.map(toChoice), ...reissued], question.limit);
  const { json, inputSha256 } = await signFeedback(active.signer, {
    requestId: question.requestId,
    tenantId: question.tenantIdAsAsked,
    requestNonce: question.requestNonce,
    signedAt: nowSeconds,
    nonce: randomBytes(18).toString('base64url'),
    kid: active.kid,
    adjustments,
  });
  const issued = { count: adjustments.length, feedbackKid: active.kid, inputSha256 };
  return accept({ json, issued, reissued });
}

function toChoice(row: LivingAdjustmentRow): Choice {
  return {
    targetUrn: row.target_urn,
    action: row.action,
    confidence: row.confidence,
    rationale: row.rationale,
    control: row.control,
    ttlSeconds: row.ttl_seconds,
    timestamp: row.issued_at,
    executionFingerprint: row.execution_fingerprint,
    attestationMeasurementHash: row.attestation_measurement_hash,
  };
}
