import type { DatabaseSync } from 'node:sqlite';
import type { LaneCounts } from './types.ts';

const COUNTS = `SELECT l.lane_id, s.state, s.n, s.duplicates, s.oldest FROM lanes l LEFT JOIN (
  SELECT lane_id, state, count(*) AS n, sum(duplicate) AS duplicates, min(spooled_at_ms) AS oldest
  FROM events GROUP BY lane_id, state) s USING (lane_id) ORDER BY l.lane_id`;

/** One row per lane, also for a lane without events. */
export function countLanes(db: DatabaseSync): LaneCounts[] {
  const byLane = new Map<number, LaneCounts>();
  for (const row of db.prepare(COUNTS).all()) {
    const laneId = Number(row.lane_id);
    const counts = byLane.get(laneId) ?? {
      laneId,
      pending: 0,
      delivered: 0,
      duplicates: 0,
      quarantined: 0,
      dropped: 0,
      oldestPendingMs: null,
    };
    const n = Number(row.n ?? 0);
    switch (row.state) {
      case 'pending':
        byLane.set(laneId, { ...counts, pending: n, oldestPendingMs: Number(row.oldest) });
        break;
      case 'delivered':
        byLane.set(laneId, { ...counts, delivered: n, duplicates: Number(row.duplicates) });
        break;
      case 'quarantined':
        byLane.set(laneId, { ...counts, quarantined: n });
        break;
      case 'dropped':
        byLane.set(laneId, { ...counts, dropped: n });
        break;
      default:
        byLane.set(laneId, counts);
    }
  }
  return [...byLane.values()];
}
