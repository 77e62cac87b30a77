import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import type { Lane, LaneKey } from './types.ts';

const COLUMNS =
  'lane_id, gateway, operator_id, tenant_id, state, paused_code, paused_at_ms, probe_after_ms, held_until_ms, held_code';

export function findLane(db: DatabaseSync, key: LaneKey): Lane | null {
  const row = db
    .prepare(`SELECT ${COLUMNS} FROM lanes WHERE gateway = ? AND operator_id = ? AND tenant_id = ?`)
    .get(key.gateway, key.operatorId, key.tenantId);
  return row === undefined ? null : toLane(row);
}

/** Within a transaction: the lane, made if it is new. */
export function openLane(db: DatabaseSync, key: LaneKey): Lane {
  db.prepare(
    'INSERT INTO lanes (gateway, operator_id, tenant_id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
  ).run(key.gateway, key.operatorId, key.tenantId);
  const lane = findLane(db, key);
  if (lane === null) throw new Error('a lane that was just inserted is not there');
  return lane;
}

export function listLanes(db: DatabaseSync, gateway?: string): readonly Lane[] {
  const rows =
    gateway === undefined
      ? db.prepare(`SELECT ${COLUMNS} FROM lanes ORDER BY lane_id`).all()
      : db.prepare(`SELECT ${COLUMNS} FROM lanes WHERE gateway = ? ORDER BY lane_id`).all(gateway);
  return rows.map(toLane);
}

/** Paused again keeps the time at which the pause began, and takes the newer code. */
export function pauseLane(
  db: DatabaseSync,
  laneId: number,
  code: string,
  nowMs: number,
  probeAfterMs: number,
): void {
  db.prepare(
    `UPDATE lanes SET state = 'paused', paused_code = ?, paused_at_ms = coalesce(paused_at_ms, ?), probe_after_ms = ?
     WHERE lane_id = ?`,
  ).run(code, nowMs, probeAfterMs, laneId);
}

export function resumeLane(db: DatabaseSync, laneId: number): void {
  db.prepare(
    "UPDATE lanes SET state = 'open', paused_code = NULL, paused_at_ms = NULL, probe_after_ms = NULL WHERE lane_id = ?",
  ).run(laneId);
}

export function probeLaneNow(db: DatabaseSync, laneId: number): void {
  db.prepare("UPDATE lanes SET probe_after_ms = 0 WHERE lane_id = ? AND state = 'paused'").run(laneId);
}

/** For whoever asks what is waited for; the drainer decides from its own memory. */
export function holdLane(db: DatabaseSync, laneId: number, code: string, untilMs: number): void {
  db.prepare('UPDATE lanes SET held_until_ms = ?, held_code = ? WHERE lane_id = ?').run(
    untilMs,
    code,
    laneId,
  );
}

function toLane(row: Record<string, SQLOutputValue>): Lane {
  return {
    laneId: Number(row.lane_id),
    gateway: String(row.gateway),
    operatorId: String(row.operator_id),
    tenantId: String(row.tenant_id),
    state: row.state === 'paused' ? 'paused' : 'open',
    pausedCode: row.paused_code === null ? null : String(row.paused_code),
    pausedAtMs: row.paused_at_ms === null ? null : Number(row.paused_at_ms),
    probeAfterMs: row.probe_after_ms === null ? null : Number(row.probe_after_ms),
    heldUntilMs: row.held_until_ms === null ? null : Number(row.held_until_ms),
    heldCode: row.held_code === null ? null : String(row.held_code),
  };
}
