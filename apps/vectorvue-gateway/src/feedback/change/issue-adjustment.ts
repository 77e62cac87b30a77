import { v7 as uuidv7 } from 'uuid';
import type { Queryable, Statement } from '../../store/database.ts';
import type { AdjustmentTemplate } from '../rules.ts';
import { feedbackNote } from './audit-note.ts';
import { type Basis, basisId, findBasis } from './find-basis.ts';
import { type FeedbackAuthor, type FeedbackChange, type FeedbackRefusal, refuse } from './result.ts';

/** What an analyst wants issued. Target, fingerprint and attestation are those of the basis. */
export interface AdjustmentDraft {
  readonly basis: Basis;
  readonly adjust: AdjustmentTemplate;
}

export interface IssuedAdjustment {
  readonly adjustmentId: number;
  readonly targetUrn: string;
  /** Unix seconds. */
  readonly issuedAt: number;
  readonly expiresAt: number;
}

/** The rule of what no rule caused. */
export const ANALYST_RULE = 'analyst';

/**
 * A peer is given one adjustment per target and action, the newest (PROTOCOL.md section 8). So a new one that is milder,
 * or ends sooner, would not be added to what lives: it would stand in its place, for whoever has not fetched that yet.
 * $1 tenant, $2 target, $3 action, $4 now, $5 confidence, $6 expires at.
 */
const STRONGER: Statement = {
  name: 'feedback-stronger-adjustment-v1',
  text: `SELECT adjustment_id FROM adjustments
WHERE tenant_id = $1 AND target_urn = $2
  AND action = $3 AND withdrawn_at IS NULL AND expires_at > $4 AND (confidence > $5 OR expires_at > $6)
ORDER BY confidence DESC, expires_at DESC LIMIT 1`,
};

const INSERT: Statement = {
  name: 'feedback-issue-adjustment-v1',
  text: `INSERT INTO adjustments (tenant_id, target_urn, action, confidence, rationale, control, ttl_seconds, issued_at,
  expires_at, execution_fingerprint, attestation_measurement_hash, cause, cause_id, rule_id, issued_by, reason, basis,
  basis_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'analyst', $12, $13, $14, $15, $16, $17)
RETURNING adjustment_id`,
};

/** Whether the draft may be issued now, and for which target. Writes nothing. */
export async function judgeDraft(
  tx: Queryable,
  tenantId: string,
  draft: AdjustmentDraft,
  nowMs: number,
): Promise<Awaited<ReturnType<typeof findBasis>>> {
  const basis = await findBasis(tx, tenantId, draft.basis);
  if (!basis.ok) return basis;
  const { action, confidence, ttl_seconds: ttl } = draft.adjust;
  const now = Math.floor(nowMs / 1000);
  const [stronger] = await tx.query<{ adjustment_id: number }>(STRONGER, [
    tenantId,
    basis.targetUrn,
    action,
    now,
    confidence,
    now + ttl,
  ]);
  return stronger === undefined ? basis : weaker(action, stronger.adjustment_id);
}

function weaker(action: string, id: number): FeedbackRefusal {
  const what = `a living ${action} for this target (number ${id}) is stronger or lasts longer`;
  return refuse(
    'adjustment_weaker',
    `${what}, and this would be sent in its place; shorten or withdraw that`,
  );
}

/** Issues an adjustment of an analyst's. Peers get it, signed, with their next query. */
export async function issueAdjustment(
  tx: Queryable,
  author: FeedbackAuthor,
  tenantId: string,
  draft: AdjustmentDraft,
): Promise<FeedbackChange<IssuedAdjustment>> {
  const basis = await judgeDraft(tx, tenantId, draft, author.nowMs);
  if (!basis.ok) return basis;
  const { action, confidence, rationale, control, ttl_seconds: ttl } = draft.adjust;
  const issuedAt = Math.floor(author.nowMs / 1000);
  const [row] = await tx.query<{ adjustment_id: number }>(INSERT, [
    tenantId,
    basis.targetUrn,
    action,
    confidence,
    rationale,
    control,
    ttl,
    issuedAt,
    issuedAt + ttl,
    basis.executionFingerprint,
    basis.attestationMeasurementHash,
    // One a change: the same analyst may issue for the same target again, and neither replaces the other's history.
    uuidv7(),
    ANALYST_RULE,
    author.actor,
    author.reason,
    draft.basis.kind,
    basisId(draft.basis),
  ]);
  if (row === undefined) throw new Error('an inserted adjustment has no number');
  const adjustmentId = row.adjustment_id;
  const { targetUrn } = basis;
  return {
    ok: true,
    value: { adjustmentId, targetUrn, issuedAt, expiresAt: issuedAt + ttl },
    note: feedbackNote('adjustment.issue', tenantId, {
      action,
      adjustment: adjustmentId,
      basis: basisId(draft.basis),
      target: targetUrn,
      ttl_seconds: ttl,
    }),
  };
}
