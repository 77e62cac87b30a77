import type { State } from '../state/open-state.ts';
import { contentSha256 } from './same-content.ts';

/** In one transaction: what holds the write lock, and the event loop, for a few milliseconds. */
const EVENTS_AT_ONCE = 200;

const OLD = `SELECT seq, payload FROM events INDEXED BY events_delivered
  WHERE state = 'delivered' AND emptied_at_ms IS NULL AND delivered_at_ms < ? ORDER BY delivered_at_ms LIMIT ?`;
const EMPTY = `UPDATE events SET payload = '', content_sha256 = ?, emptied_at_ms = ? WHERE seq = ? AND state = 'delivered'`;

/**
 * Lets the payloads of some events go that were delivered before `beforeMs`; returns how many.
 *
 * The row stays: the same event is known when it comes again, also with other content (its hash stays), and its intent
 * and receipt keep what they point to. Most of a row is its payload, and SQLite uses the room again. Only delivered
 * events are touched: the gateway has them, with the exact bytes that were signed.
 */
export function emptyDelivered(state: State, beforeMs: number, nowMs: number): number {
  return state.transaction(() => {
    const rows = state.db.prepare(OLD).all(beforeMs, EVENTS_AT_ONCE);
    const empty = state.db.prepare(EMPTY);
    for (const row of rows) {
      // One that cannot be read any more keeps its bytes, for whoever wants to know why.
      const content = contentSha256(String(row.payload));
      if (content === null)
        state.db.prepare('UPDATE events SET emptied_at_ms = ? WHERE seq = ?').run(nowMs, Number(row.seq));
      else empty.run(content, nowMs, Number(row.seq));
    }
    return rows.length;
  });
}
