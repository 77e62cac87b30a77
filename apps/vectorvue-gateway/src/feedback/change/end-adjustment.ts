import type { Queryable, Statement } from '../../store/database.ts';
import { feedbackNote } from './audit-note.ts';
import { type FeedbackAuthor, type FeedbackChange, type FeedbackRefusal, refuse } from './result.ts';

export interface LivingAdjustment {
  readonly ok: true;
  readonly adjustmentId: number;
  readonly action: string;
  readonly targetUrn: string;
  /** Unix seconds. */
  readonly issuedAt: number;
  readonly expiresAt: number;
}

export interface EndedAdjustment {
  readonly adjustmentId: number;
  /** Unix seconds: until when it is still sent. */
  readonly endsAt: number;
  /** Unix seconds: until when it binds an agent that has fetched it. No message of the protocol takes one back. */
  readonly bindsUntil: number;
}

/** The shortest life that the wire allows (PROTOCOL.md section 8). Seconds. */
const MIN_TTL_SECONDS = 60;

const SELECT: Statement = {
  name: 'feedback-adjustment-to-end-v1',
  text: `SELECT action, target_urn, issued_at, expires_at, promised_until, cause, cause_id, withdrawn_at IS NOT NULL AS withdrawn
FROM adjustments WHERE tenant_id = $1 AND adjustment_id = $2 FOR UPDATE`,
};
const SHORTEN: Statement = {
  name: 'feedback-shorten-adjustment-v1',
  text: `UPDATE adjustments SET expires_at = $3, ttl_seconds = $3 - issued_at,
  promised_until = greatest(promised_until, expires_at), changed_by = $4, change_reason = $5, changed_at = $6
WHERE tenant_id = $1 AND adjustment_id = $2 RETURNING promised_until`,
};
const WITHDRAW: Statement = {
  name: 'feedback-withdraw-adjustment-v1',
  text: `UPDATE adjustments SET withdrawn_at = $5, changed_by = $3, change_reason = $4, changed_at = $5
WHERE tenant_id = $1 AND adjustment_id = $2 RETURNING greatest(promised_until, expires_at) AS promised_until`,
};

interface Row {
  readonly action: string;
  readonly target_urn: string;
  readonly issued_at: number;
  readonly expires_at: number;
  readonly cause: string;
  readonly cause_id: string;
  readonly withdrawn: boolean;
}

/** Locks an adjustment that can be ended by hand: living, and of no open finding, which would cause it again. */
export async function lockLiving(
  tx: Queryable,
  tenantId: string,
  adjustmentId: number,
  nowMs: number,
): Promise<LivingAdjustment | FeedbackRefusal> {
  const [row] = await tx.query<Row>(SELECT, [tenantId, adjustmentId]);
  if (row === undefined) return refuse('adjustment_unknown', 'this tenant has no such adjustment');
  if (row.withdrawn) return refuse('adjustment_over', 'the adjustment has been withdrawn already');
  if (row.expires_at <= nowMs / 1000) return refuse('adjustment_over', 'the adjustment has expired');
  if (row.cause === 'finding') {
    const why = 'an open finding causes it and would cause it again; close or suppress the finding';
    return refuse('adjustment_of_finding', `${why} ${row.cause_id}`);
  }
  return {
    ok: true,
    adjustmentId,
    action: row.action,
    targetUrn: row.target_urn,
    issuedAt: row.issued_at,
    expiresAt: row.expires_at,
  };
}

/** null: the life may end then. `endsAt` in Unix seconds. */
export function whyNotUntil(living: LivingAdjustment, endsAt: number, nowMs: number): FeedbackRefusal | null {
  if (endsAt <= nowMs / 1000) {
    return refuse('end_invalid', 'the end lies in the past; withdraw the adjustment instead');
  }
  if (endsAt >= living.expiresAt) {
    return refuse('end_invalid', 'an adjustment can only be shortened; issue another one that lasts longer');
  }
  if (endsAt - living.issuedAt < MIN_TTL_SECONDS) {
    return refuse('end_invalid', `an adjustment lives for ${MIN_TTL_SECONDS} s at least`);
  }
  return null;
}

/** Ends it sooner. Who fetches it from now on gets the shorter life. */
export async function shortenAdjustment(
  tx: Queryable,
  author: FeedbackAuthor,
  tenantId: string,
  adjustmentId: number,
  endsAt: number,
): Promise<FeedbackChange<EndedAdjustment>> {
  const living = await lockLiving(tx, tenantId, adjustmentId, author.nowMs);
  if (!living.ok) return living;
  const fault = whyNotUntil(living, endsAt, author.nowMs);
  if (fault !== null) return fault;
  const [row] = await tx.query<{ promised_until: number }>(SHORTEN, [
    tenantId,
    adjustmentId,
    endsAt,
    author.actor,
    author.reason,
    new Date(author.nowMs),
  ]);
  return {
    ok: true,
    value: { adjustmentId, endsAt, bindsUntil: row?.promised_until ?? living.expiresAt },
    note: feedbackNote('adjustment.shorten', tenantId, {
      action: living.action,
      adjustment: adjustmentId,
      ends_at: endsAt,
      ended_at_before: living.expiresAt,
      target: living.targetUrn,
    }),
  };
}

/** Takes it out of every answer from now on. */
export async function withdrawAdjustment(
  tx: Queryable,
  author: FeedbackAuthor,
  tenantId: string,
  adjustmentId: number,
): Promise<FeedbackChange<EndedAdjustment>> {
  const living = await lockLiving(tx, tenantId, adjustmentId, author.nowMs);
  if (!living.ok) return living;
  const now = new Date(author.nowMs);
  const parameters = [tenantId, adjustmentId, author.actor, author.reason, now];
  const [row] = await tx.query<{ promised_until: number }>(WITHDRAW, parameters);
  return {
    ok: true,
    value: {
      adjustmentId,
      endsAt: Math.floor(author.nowMs / 1000),
      bindsUntil: row?.promised_until ?? living.expiresAt,
    },
    note: feedbackNote('adjustment.withdraw', tenantId, {
      action: living.action,
      adjustment: adjustmentId,
      target: living.targetUrn,
    }),
  };
}
