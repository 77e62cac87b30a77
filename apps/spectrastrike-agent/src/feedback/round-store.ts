import type { DatabaseSync } from 'node:sqlite';

/** How a round of the feedback loop went, for one gateway and tenant. */
export interface FeedbackRound {
  readonly gateway: string;
  /** Lower-case. */
  readonly tenantId: string;
  /** Unix milliseconds. */
  readonly atMs: number;
  /** `refused`: the answer, or the gateway's log, was not to be believed; `failed`: there was none. */
  readonly outcome: 'accepted' | 'refused' | 'failed';
  readonly code: string | null;
  readonly detail: string;
  /** Adjustments. */
  readonly recorded: number;
  /** Rounds in a row that were not accepted, this one included. */
  readonly failures: number;
  readonly nextAtMs: number | null;
  /** Of the last that was accepted. */
  readonly acceptedAtMs: number | null;
}

/** Within a transaction. */
export function recordRound(db: DatabaseSync, round: Omit<FeedbackRound, 'acceptedAtMs'>): void {
  db.prepare(
    `INSERT INTO feedback_rounds (gateway, tenant_id, at_ms, outcome, code, detail, recorded, failures, next_at_ms, accepted_at_ms)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, iif(?4 = 'accepted', ?3, NULL))
     ON CONFLICT DO UPDATE SET at_ms = ?3, outcome = ?4, code = ?5, detail = ?6, recorded = ?7, failures = ?8,
       next_at_ms = ?9, accepted_at_ms = iif(?4 = 'accepted', ?3, accepted_at_ms)`,
  ).run(
    round.gateway,
    round.tenantId,
    round.atMs,
    round.outcome,
    round.code,
    round.detail,
    round.recorded,
    round.failures,
    round.nextAtMs,
  );
}

export function listRounds(db: DatabaseSync): readonly FeedbackRound[] {
  return db
    .prepare(
      `SELECT gateway, tenant_id, at_ms, outcome, code, detail, recorded, failures, next_at_ms, accepted_at_ms
       FROM feedback_rounds ORDER BY gateway, tenant_id`,
    )
    .all()
    .map((row) => ({
      gateway: String(row.gateway),
      tenantId: String(row.tenant_id),
      atMs: Number(row.at_ms),
      outcome: String(row.outcome) as FeedbackRound['outcome'],
      code: row.code === null ? null : String(row.code),
      detail: String(row.detail),
      recorded: Number(row.recorded),
      failures: Number(row.failures),
      nextAtMs: row.next_at_ms === null ? null : Number(row.next_at_ms),
      acceptedAtMs: row.accepted_at_ms === null ? null : Number(row.accepted_at_ms),
    }));
}
