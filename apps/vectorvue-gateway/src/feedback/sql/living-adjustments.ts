import type { Statement } from '../../store/database.ts';

/**
 * The living adjustments of a tenant, one per target and action (the newest), the most restrictive first.
 * $1 tenant, $2 now in Unix seconds, $3 limit, $4 the latest timestamp that a peer would take. An unknown
 * action ranks as observe (PROTOCOL.md section 14).
 */
export const LIVING_ADJUSTMENTS: Statement = {
  name: 'feedback-living-adjustments-v1',
  text: `SELECT * FROM (
  SELECT DISTINCT ON (target_urn, action)
    target_urn, action, confidence, rationale, control, ttl_seconds, issued_at,
    execution_fingerprint, attestation_measurement_hash
  FROM adjustments
  WHERE tenant_id = $1 AND withdrawn_at IS NULL AND expires_at > $2 AND issued_at <= $4
  ORDER BY target_urn, action, issued_at DESC, adjustment_id DESC
) AS living
ORDER BY CASE action WHEN 'deny' THEN 0 WHEN 'tighten' THEN 1 ELSE 2 END,
  confidence DESC, issued_at DESC, target_urn
LIMIT $3`,
};

export interface LivingAdjustmentRow {
  readonly target_urn: string;
  readonly action: string;
  readonly confidence: number;
  readonly rationale: string;
  readonly control: string;
  readonly ttl_seconds: number;
  readonly issued_at: number;
  readonly execution_fingerprint: string;
  readonly attestation_measurement_hash: string;
}
