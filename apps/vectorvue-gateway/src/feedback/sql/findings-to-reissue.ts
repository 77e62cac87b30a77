import type { Statement } from '../../store/database.ts';

/**
 * Per target the newest open finding that a rule holds for, unless the rule's adjustment for that target was
 * issued lately. $1 tenant, $2 severities, $3 rule, $4 action, $5 Unix seconds: issued after this is lately,
 * $6 limit. A target longer than an adjustment may name (512) is left out: it could break every answer.
 */
export const FINDINGS_TO_REISSUE: Statement = {
  name: 'feedback-findings-to-reissue-v1',
  text: `SELECT DISTINCT ON (target_urn)
  operator_id, finding_id, target_urn, execution_fingerprint, attestation_measurement_hash
FROM findings
WHERE tenant_id = $1 AND status = 'open' AND severity = ANY($2)
  AND char_length(target_urn) BETWEEN 1 AND 512
  AND NOT EXISTS (
    SELECT FROM adjustments AS issued
    WHERE issued.tenant_id = $1 AND issued.cause = 'finding' AND issued.rule_id = $3 AND issued.action = $4
      AND issued.target_urn = findings.target_urn
      AND issued.withdrawn_at IS NULL AND issued.issued_at > $5)
ORDER BY target_urn, last_seen DESC, operator_id, finding_id
LIMIT $6`,
};

export interface FindingToReissueRow {
  readonly operator_id: string;
  readonly finding_id: string;
  readonly target_urn: string;
  readonly execution_fingerprint: string;
  readonly attestation_measurement_hash: string;
}
