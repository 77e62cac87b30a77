import type { Queryable, Statement } from '../../store/database.ts';
import { utcText } from '../../store/read/page.ts';
import { ADJUSTMENT_COLUMNS, type ListedAdjustment } from './list-adjustments.ts';

/** An identity that was given answers while an adjustment was sent: so says the audit log. */
export interface Fetch {
  readonly identity: string;
  readonly answers: number;
  /** RFC 3339. */
  readonly first_at: string;
  readonly last_at: string;
  /** Sequence of the first such entry of the log. */
  readonly first_sequence: number;
}

export interface AdjustmentDetail {
  readonly adjustment: ListedAdjustment;
  /** Of the same target and alive, this one included. */
  readonly living: readonly ListedAdjustment[];
  readonly fetches: readonly Fetch[];
}

const ONE: Statement = {
  name: 'console-adjustment-v1',
  text: `SELECT ${ADJUSTMENT_COLUMNS} FROM adjustments AS row WHERE row.tenant_id = $1 AND row.adjustment_id = $3`,
};

/** More of one target than this are not looked at: the newest of each action are far fewer. */
const MAX_LIVING = 200;

const LIVING: Statement = {
  name: 'console-adjustments-of-target-v1',
  text: `SELECT ${ADJUSTMENT_COLUMNS} FROM adjustments AS row
WHERE row.tenant_id = $1 AND row.target_urn = $3 AND row.withdrawn_at IS NULL AND row.expires_at > $2
ORDER BY row.issued_at DESC, row.adjustment_id DESC LIMIT ${MAX_LIVING}`,
};

/**
 * Answers to queries of the tenant while the adjustment was the one to be sent: from when it was issued until it expired, was
 * withdrawn, or a newer one of its target and action came. The log does not say what an answer held, and the limit of a query
 * may have cut it off, so this says who was answered meanwhile, not more; to the second, as adjustments have their times.
 * $1 tenant, $2 number, $3 now (Unix seconds).
 */
const FETCHES: Statement = {
  name: 'console-adjustment-fetches-v1',
  text: `WITH sent AS MATERIALIZED (
  SELECT to_timestamp(own.issued_at) AS since,
         least(to_timestamp(least(own.expires_at, $3)), own.withdrawn_at,
           (SELECT to_timestamp(min(newer.issued_at)) FROM adjustments AS newer
             WHERE newer.tenant_id = own.tenant_id
               AND newer.issued_at BETWEEN own.issued_at AND own.expires_at AND newer.target_urn = own.target_urn AND newer.action = own.action
               AND (newer.issued_at, newer.adjustment_id) > (own.issued_at, own.adjustment_id))) AS until
    FROM adjustments AS own WHERE own.tenant_id = $1 AND own.adjustment_id = $2
)
SELECT log.actor AS identity, count(*)::int AS answers, ${utcText('min(log.recorded_at)')} AS first_at,
  ${utcText('max(log.recorded_at)')} AS last_at, min(log.sequence) AS first_sequence
FROM sent, audit_log AS log
WHERE log.tenant_id = $1 AND log.class = 'feedback' AND log.action = 'feedback.query' AND log.code = 'issued'
  AND log.recorded_at >= sent.since AND log.recorded_at <= sent.until
GROUP BY log.actor ORDER BY min(log.recorded_at) LIMIT 100`,
};

/** null: this tenant has no such adjustment. */
export async function showAdjustment(
  db: Queryable,
  key: { readonly tenantId: string; readonly adjustmentId: number },
  nowMs: number,
): Promise<AdjustmentDetail | null> {
  const now = Math.floor(nowMs / 1000);
  const [adjustment] = await db.query<ListedAdjustment>(ONE, [key.tenantId, now, key.adjustmentId]);
  if (adjustment === undefined) return null;
  const living = await db.query<ListedAdjustment>(LIVING, [key.tenantId, now, adjustment.target_urn]);
  // The entry of the answer that brought it is written after it was read: a second of grace, and no more than now.
  const fetches = await db.query<Fetch>(FETCHES, [key.tenantId, key.adjustmentId, now + 1]);
  return { adjustment, living, fetches };
}
