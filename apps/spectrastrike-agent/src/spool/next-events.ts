import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import type { SpooledEvent } from './types.ts';

export interface NextEvents {
  /** First attempts in order of arrival, or retries whose time has come, earliest first. */
  readonly kind: 'first' | 'retry';
  /** Unix milliseconds; retries due at or before it. */
  readonly nowMs: number;
  readonly limit: number;
  /** Events in flight; they are still pending in the file. */
  readonly exclude: ReadonlySet<number>;
}

const COLUMNS = 'seq, lane_id, event_id, payload, campaign_id, execution_hash, attempts, replay_retries';
/** Left out by their number alone, which the index holds: what is in flight is not read again. */
const NOT_EXCLUDED = 'seq NOT IN (SELECT value FROM json_each(?))';
export const FIRST: string = `SELECT ${COLUMNS} FROM events INDEXED BY events_first_attempt WHERE lane_id = ? AND state = 'pending' AND attempts = 0
  AND ${NOT_EXCLUDED} ORDER BY seq LIMIT ?`;
export const RETRY: string = `SELECT ${COLUMNS} FROM events INDEXED BY events_retry WHERE lane_id = ? AND state = 'pending' AND attempts > 0
  AND next_attempt_ms <= ? AND ${NOT_EXCLUDED} ORDER BY next_attempt_ms, seq LIMIT ?`;

/**
 * Row by row, in order: what is not asked for is not read. Both statements walk a partial index from its start, so
 * a spool of a million costs what a spool of ten does; they name it, because by itself SQLite prefers another
 * index, of which it would read every event in backoff to find one that was never tried.
 */
export function* iterateNext(db: DatabaseSync, laneId: number, query: NextEvents): Generator<SpooledEvent> {
  const excluded = JSON.stringify([...query.exclude]);
  const rows =
    query.kind === 'first'
      ? db.prepare(FIRST).iterate(laneId, excluded, query.limit)
      : db.prepare(RETRY).iterate(laneId, query.nowMs, excluded, query.limit);
  for (const row of rows) yield toSpooledEvent(row);
}

export function nextEvents(db: DatabaseSync, laneId: number, query: NextEvents): SpooledEvent[] {
  return query.limit <= 0 ? [] : [...iterateNext(db, laneId, query)];
}

/** When the earliest backoff of the lane ends, Unix milliseconds; null when no event of it is in backoff. */
export function nextRetryMs(db: DatabaseSync, laneId: number): number | null {
  const row = db
    .prepare(
      `SELECT next_attempt_ms AS at FROM events WHERE lane_id = ? AND state = 'pending' AND attempts > 0
       ORDER BY next_attempt_ms LIMIT 1`,
    )
    .get(laneId);
  return row === undefined ? null : Number(row.at);
}

/** Within a transaction. The attempts stay counted; only the waiting ends. */
export function endBackoffs(db: DatabaseSync, gateway: string): void {
  db.prepare(
    `UPDATE events SET next_attempt_ms = 0 WHERE state = 'pending' AND attempts > 0 AND next_attempt_ms > 0
     AND lane_id IN (SELECT lane_id FROM lanes WHERE gateway = ?)`,
  ).run(gateway);
}

function toSpooledEvent(row: Record<string, SQLOutputValue>): SpooledEvent {
  return {
    seq: Number(row.seq),
    laneId: Number(row.lane_id),
    eventId: String(row.event_id),
    payload: String(row.payload),
    campaignId: String(row.campaign_id),
    executionHash: String(row.execution_hash),
    attempts: Number(row.attempts),
    replayRetries: Number(row.replay_retries),
  };
}
