import type { DatabaseSync } from 'node:sqlite';

const WINDOW_MS = 60_000;

const DELIVERED = `SELECT lane_id, count(*) AS n FROM events INDEXED BY events_delivered
  WHERE state = 'delivered' AND emptied_at_ms IS NULL AND delivered_at_ms > ? AND delivered_at_ms <= ? GROUP BY lane_id`;

/** Events a second that were delivered within the last minute, by lane; lanes without any are not in it. */
export function deliveryRates(db: DatabaseSync, nowMs: number): ReadonlyMap<number, number> {
  return new Map(
    db
      .prepare(DELIVERED)
      .all(nowMs - WINDOW_MS, nowMs)
      .map((row) => [Number(row.lane_id), (1000 * Number(row.n)) / WINDOW_MS]),
  );
}
