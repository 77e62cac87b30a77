import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { appendSecurityLog } from './security-log.ts';
import type { Settlement } from './types.ts';

const DELIVERED = `UPDATE events SET state = 'delivered', attempts = attempts + 1, delivered_at_ms = ?, settled_at_ms = ?,
  duplicate = ?, gateway_request_id = ?, receipt = ?, last_code = NULL, last_detail = NULL
  WHERE seq = ? AND state = 'pending'`;
const RETRY = `UPDATE events SET attempts = attempts + 1, next_attempt_ms = ?, last_code = ?, last_detail = ?
  WHERE seq = ? AND state = 'pending'`;
const REPLAYED = `UPDATE events SET attempts = attempts + 1, replay_retries = replay_retries + 1, next_attempt_ms = 0,
  last_code = 'replay_detected', last_detail = ? WHERE seq = ? AND state = 'pending'`;
const KEPT = `UPDATE events SET last_code = ?, last_detail = ? WHERE seq = ? AND state = 'pending'`;
const QUARANTINED = `UPDATE events SET state = 'quarantined', attempts = attempts + 1, settled_at_ms = ?,
  last_code = ?, last_detail = ? WHERE seq = ? AND state = 'pending'`;

/** Within a transaction. Only pending events change, so that a settlement which is repeated does nothing. */
export function settle(db: DatabaseSync, settlements: readonly Settlement[], nowMs: number): void {
  // A batch settles a thousand events with one statement, which costs more to prepare than to run.
  const prepared = new Map<string, StatementSync>();
  const prepare = (text: string): StatementSync => {
    const statement = prepared.get(text) ?? db.prepare(text);
    prepared.set(text, statement);
    return statement;
  };
  for (const settlement of settlements) settleOne(db, prepare, settlement, nowMs);
}

function settleOne(
  db: DatabaseSync,
  prepare: (text: string) => StatementSync,
  settlement: Settlement,
  nowMs: number,
): void {
  const { seq } = settlement;
  switch (settlement.kind) {
    case 'delivered':
      prepare(DELIVERED).run(
        nowMs,
        nowMs,
        settlement.duplicate ? 1 : 0,
        settlement.requestId,
        settlement.receipt,
        seq,
      );
      return;
    case 'retry':
      prepare(RETRY).run(settlement.nextAttemptMs, settlement.code, settlement.detail, seq);
      return;
    case 'replayed':
      prepare(REPLAYED).run(settlement.detail, seq);
      return;
    case 'kept':
      prepare(KEPT).run(settlement.code, settlement.detail, seq);
      return;
    case 'quarantined': {
      const { changes } = prepare(QUARANTINED).run(nowMs, settlement.code, settlement.detail, seq);
      if (settlement.security && changes > 0) {
        const { code, detail } = settlement;
        appendSecurityLog(db, { class: 'delivery', code, detail, ...referenceOf(db, seq) }, nowMs);
      }
    }
  }
}

function referenceOf(db: DatabaseSync, seq: number): { tenantId: string; ref: string } {
  const row = db
    .prepare('SELECT e.event_id, l.tenant_id FROM events e JOIN lanes l USING (lane_id) WHERE e.seq = ?')
    .get(seq);
  return { tenantId: String(row?.tenant_id), ref: String(row?.event_id) };
}
