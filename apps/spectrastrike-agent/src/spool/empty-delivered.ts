import type { SQLInputValue } from 'node:sqlite';
import type { State } from '../state/open-state.ts';
import { contentSha256 } from './same-content.ts';

/** In one transaction: what holds the write lock, and the event loop, for some milliseconds. */
const EVENTS_AT_ONCE = 100;

const OLD = `SELECT * FROM events INDEXED BY events_delivered
  WHERE state = 'delivered' AND emptied_at_ms IS NULL AND delivered_at_ms < ? ORDER BY delivered_at_ms LIMIT ?`;
const REMOVE = 'DELETE FROM events WHERE seq IN (SELECT value FROM json_each(?))';

type Row = Readonly<Record<string, SQLInputValue>>;

/**
 * Lets the payloads of some events go that were delivered before `beforeMs`; returns how many.
 *
 * The row stays: the same event is known when it comes again, also with other content (its hash stays), and its intent
 * and receipt keep what they point to. Only delivered events are touched: the gateway has them, with the exact bytes
 * that were signed. Rows are taken out and put back within the transaction, and not updated: SQLite leaves a row that
 * shrinks where it is, with a hole that nothing new ever fills, while pages that a removal empties are used again.
 */
export function emptyDelivered(state: State, beforeMs: number, nowMs: number): number {
  const { db } = state;
  return state.transaction(() => {
    const rows = db.prepare(OLD).all(beforeMs, EVENTS_AT_ONCE);
    if (rows.length === 0) return 0;
    db.prepare(REMOVE).run(JSON.stringify(rows.map((row) => row.seq)));
    const columns = Object.keys(rows[0] ?? {});
    const marks = columns.map(() => '?').join(', ');
    const put = db.prepare(`INSERT INTO events (${columns.join(', ')}) VALUES (${marks})`);
    for (const row of rows) {
      const emptied = emptiedRow(row, nowMs);
      put.run(...columns.map((column) => emptied[column] ?? null));
    }
    return rows.length;
  });
}

/** One that cannot be read any more keeps its bytes, for whoever wants to know why. */
function emptiedRow(row: Row, nowMs: number): Row {
  const content = contentSha256(String(row.payload));
  return content === null
    ? { ...row, emptied_at_ms: nowMs }
    : { ...row, payload: '', content_sha256: content, emptied_at_ms: nowMs };
}
