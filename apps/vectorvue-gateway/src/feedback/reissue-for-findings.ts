import type { AdjustmentRow } from '../store/commit-types.ts';
import type { Queryable } from '../store/database.ts';
import { fromTemplate } from './adjust-for-graph.ts';
import type { FeedbackRules } from './rules.ts';
import { FINDINGS_TO_REISSUE, type FindingToReissueRow } from './sql/findings-to-reissue.ts';

/** As many targets as an answer may hold. */
const MAX_REISSUED = 1000;
/** Issued again once this part of its life is over, so that not every query writes every row. */
const REISSUE_AFTER = 1 / 4;

/**
 * What open findings cause and is due again (PROTOCOL.md section 8: re-issued while it is open). Nothing is
 * written here; the rows go down with the commit of the query.
 */
export async function reissueForFindings(
  db: Queryable,
  rules: FeedbackRules,
  tenantId: string,
  nowSeconds: number,
): Promise<readonly AdjustmentRow[]> {
  const reissued: AdjustmentRow[] = [];
  for (const rule of rules.finding) {
    const lately = nowSeconds - Math.floor(rule.adjust.ttl_seconds * REISSUE_AFTER);
    const findings = await db.query<FindingToReissueRow>(FINDINGS_TO_REISSUE, [
      tenantId,
      rule.when.severity,
      rule.id,
      rule.adjust.action,
      lately,
      MAX_REISSUED,
    ]);
    for (const finding of findings) {
      // No text of the wire: an agent would skip the item, and say so of every answer.
      if (finding.target_urn.includes('\0')) continue;
      reissued.push({
        ...fromTemplate(rule.adjust),
        targetUrn: finding.target_urn,
        executionFingerprint: finding.execution_fingerprint,
        attestationMeasurementHash: finding.attestation_measurement_hash,
        timestamp: nowSeconds,
        cause: 'finding',
        causeId: `${finding.operator_id}/${finding.finding_id}`,
        ruleId: rule.id,
      });
    }
  }
  return reissued;
}
