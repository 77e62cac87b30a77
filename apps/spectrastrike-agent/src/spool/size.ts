import type { DatabaseSync } from 'node:sqlite';

export interface SpoolSize {
  /** Undelivered: pending or in quarantine. */
  readonly events: number;
  /** Of their payloads. */
  readonly bytes: number;
  /** Unix milliseconds; null: nothing is pending. */
  readonly oldestPendingMs: number | null;
}

/** The sums are kept with every change: the same few microseconds for ten events and for a million. */
export function spoolSize(db: DatabaseSync): SpoolSize {
  const row = db.prepare('SELECT events, bytes FROM spool_size').get();
  return {
    events: Number(row?.events ?? 0),
    bytes: Number(row?.bytes ?? 0),
    oldestPendingMs: oldestPendingMs(db),
  };
}

/** Within the transaction that writes them. They shrink by a trigger (migration 6), when an event leaves. */
export function growSpool(db: DatabaseSync, events: number, bytes: number): void {
  if (events > 0) {
    db.prepare('UPDATE spool_size SET events = events + ?, bytes = bytes + ?').run(events, bytes);
  }
}

/** The first in order of arrival in each lane, whatever the clock did since. */
function oldestPendingMs(db: DatabaseSync): number | null {
  const row = db
    .prepare(
      `SELECT min((SELECT spooled_at_ms FROM events
         WHERE lane_id = l.lane_id AND state = 'pending' ORDER BY seq LIMIT 1)) AS oldest FROM lanes l`,
    )
    .get();
  return row === undefined || row.oldest === null ? null : Number(row.oldest);
}
