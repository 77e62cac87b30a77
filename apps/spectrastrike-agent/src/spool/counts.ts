import type { DatabaseSync } from 'node:sqlite';
import type { LaneCounts } from './types.ts';

const inState = (state: string): string =>
  `(SELECT count(*) FROM events WHERE lane_id = l.lane_id AND state = '${state}')`;

/**
 * Every number comes from an index alone: rows hold their payloads, and reading a million of them to count them
 * takes minutes. The oldest is the first in order of arrival, whatever the clock did since.
 */
export const COUNTS: string = `SELECT l.lane_id, ${inState('pending')} AS pending, ${inState('delivered')} AS delivered,
  ${inState('quarantined')} AS quarantined, ${inState('dropped')} AS dropped,
  (SELECT count(*) FROM events WHERE lane_id = l.lane_id AND duplicate = 1) AS duplicates,
  (SELECT spooled_at_ms FROM events WHERE lane_id = l.lane_id AND state = 'pending' ORDER BY seq LIMIT 1) AS oldest
  FROM lanes l ORDER BY l.lane_id`;

/** One row per lane, also for a lane without events. */
export function countLanes(db: DatabaseSync): LaneCounts[] {
  return db
    .prepare(COUNTS)
    .all()
    .map((row) => ({
      laneId: Number(row.lane_id),
      pending: Number(row.pending),
      delivered: Number(row.delivered),
      duplicates: Number(row.duplicates),
      quarantined: Number(row.quarantined),
      dropped: Number(row.dropped),
      oldestPendingMs: row.oldest === null ? null : Number(row.oldest),
    }));
}
