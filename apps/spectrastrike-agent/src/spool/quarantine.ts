import type { DatabaseSync, SQLInputValue, SQLOutputValue } from 'node:sqlite';
import { appendSecurityLog } from './security-log.ts';
import type { QuarantinedEvent, QuarantineSelection } from './types.ts';

export interface QuarantineQuery {
  readonly laneId?: number;
  /** Default 1000. */
  readonly limit?: number;
  /** For the next page: the last seq of the previous one. */
  readonly afterSeq?: number;
}

const COLUMNS = `e.seq, e.lane_id, l.operator_id, l.tenant_id, l.gateway, e.event_id, e.last_code, e.last_detail,
  e.attempts, e.spooled_at_ms, e.settled_at_ms`;

export function listQuarantine(db: DatabaseSync, query: QuarantineQuery): QuarantinedEvent[] {
  const lane = query.laneId ?? null;
  return db
    .prepare(
      `SELECT ${COLUMNS} FROM lanes l JOIN events e USING (lane_id)
       WHERE (? IS NULL OR l.lane_id = ?) AND e.state = 'quarantined' AND e.seq > ? ORDER BY e.seq LIMIT ?`,
    )
    .all(lane, lane, query.afterSeq ?? 0, query.limit ?? 1000)
    .map(toQuarantined);
}

export function showQuarantined(
  db: DatabaseSync,
  seq: number,
): (QuarantinedEvent & { readonly payload: string }) | null {
  const row = db
    .prepare(
      `SELECT ${COLUMNS}, e.payload FROM events e JOIN lanes l USING (lane_id)
       WHERE e.seq = ? AND e.state = 'quarantined'`,
    )
    .get(seq);
  return row === undefined ? null : { ...toQuarantined(row), payload: String(row.payload) };
}

/** Within a transaction. Their code stays visible until the next attempt replaces it. */
export function retryQuarantined(db: DatabaseSync, selection: QuarantineSelection): number {
  const { where, values } = whereOf(selection);
  const { changes } = db
    .prepare(
      `UPDATE events SET state = 'pending', attempts = 0, replay_retries = 0, next_attempt_ms = 0, settled_at_ms = NULL
       WHERE state = 'quarantined' AND ${where}`,
    )
    .run(...values);
  return Number(changes);
}

/**
 * Within a transaction. The row stays, as `dropped`: the same report read again must not bring the event back,
 * and its intent must keep something to point to.
 */
export function dropQuarantined(
  db: DatabaseSync,
  selection: QuarantineSelection,
  reason: string,
  nowMs: number,
): number {
  const { where, values } = whereOf(selection);
  const rows = db
    .prepare(
      `SELECT ${COLUMNS} FROM events e JOIN lanes l USING (lane_id)
       WHERE e.state = 'quarantined' AND ${where} ORDER BY e.seq`,
    )
    .all(...values);
  const drop = db.prepare("UPDATE events SET state = 'dropped', settled_at_ms = ? WHERE seq = ?");
  for (const event of rows.map(toQuarantined)) {
    drop.run(nowMs, event.seq);
    const detail = `dropped by hand: ${reason} (it was quarantined as ${event.code})`;
    appendSecurityLog(
      db,
      { class: 'quarantine', code: 'event_dropped', detail, tenantId: event.tenantId, ref: event.eventId },
      nowMs,
    );
  }
  return rows.length;
}

/** json_each takes any number of values in one parameter, where a list of question marks has a limit. */
function whereOf(selection: QuarantineSelection): { where: string; values: SQLInputValue[] } {
  if (selection === 'all') return { where: 'TRUE', values: [] };
  if ('code' in selection) return { where: 'last_code = ?', values: [selection.code] };
  if ('seqs' in selection) {
    return { where: 'seq IN (SELECT value FROM json_each(?))', values: [JSON.stringify(selection.seqs)] };
  }
  return {
    where: 'event_id IN (SELECT value FROM json_each(?))',
    values: [JSON.stringify(selection.eventIds)],
  };
}

function toQuarantined(row: Record<string, SQLOutputValue>): QuarantinedEvent {
  return {
    seq: Number(row.seq),
    laneId: Number(row.lane_id),
    operatorId: String(row.operator_id),
    tenantId: String(row.tenant_id),
    gateway: String(row.gateway),
    eventId: String(row.event_id),
    code: String(row.last_code ?? ''),
    detail: String(row.last_detail ?? ''),
    attempts: Number(row.attempts),
    spooledAtMs: Number(row.spooled_at_ms),
    quarantinedAtMs: row.settled_at_ms === null ? null : Number(row.settled_at_ms),
  };
}
