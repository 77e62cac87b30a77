import type { BoundAdjustment } from './adjustment.ts';

/** A `tighten` of at least this confidence takes the permission away (PROTOCOL.md section 14). */
export const TIGHTEN_DENIES_FROM_CONFIDENCE = 0.8;

/** What a policy is told about the feedback that binds a target; all null where nothing does. */
export interface PolicyContext {
  readonly feedback_bound: boolean;
  readonly feedback_action: string | null;
  readonly feedback_confidence: number | null;
  readonly feedback_control: string | null;
  readonly feedback_rationale: string | null;
  readonly feedback_ttl_seconds: number | null;
  readonly feedback_attestation_measurement_hash: string | null;
}

export interface PolicyDecision {
  readonly allow: boolean;
  readonly context: PolicyContext;
}

/**
 * Combines the caller's own decision with the most restrictive living adjustment. It can only take away:
 * a `base` of false stays false whatever the feedback says, so that a stolen feedback key grants nothing.
 */
export function evaluatePolicy(base: boolean, winner: BoundAdjustment | null): PolicyDecision {
  return { allow: base && !forbids(winner), context: policyContext(winner) };
}

export function policyContext(winner: BoundAdjustment | null): PolicyContext {
  return {
    feedback_bound: winner !== null,
    feedback_action: winner?.action ?? null,
    feedback_confidence: winner?.confidence ?? null,
    feedback_control: winner?.control ?? null,
    feedback_rationale: winner?.rationale ?? null,
    feedback_ttl_seconds: winner?.ttlSeconds ?? null,
    feedback_attestation_measurement_hash: winner?.attestationMeasurementHash ?? null,
  };
}

function forbids(winner: BoundAdjustment | null): boolean {
  if (winner === null) return false;
  if (winner.action === 'deny') return true;
  return winner.action === 'tighten' && winner.confidence >= TIGHTEN_DENIES_FROM_CONFIDENCE;
}
