import type { DatabaseSync } from 'node:sqlite';
import type { SeqRanges } from '../spool/seq-ranges.ts';
import type { EventState } from '../spool/types.ts';

/** Answered from the index alone: a row is two kilobytes, and a report may have millions. */
export const COUNT_STATES = `
SELECT count(*) AS n FROM events WHERE lane_id = ? AND state = ? AND seq BETWEEN ? AND ?`;

const STATES: readonly EventState[] = ['pending', 'delivered', 'quarantined', 'dropped'];

/** How many of these events of one lane are in which state now; each counts once. */
export function countStates(
  db: DatabaseSync,
  laneId: number,
  seqs: SeqRanges,
): Readonly<Record<EventState, number>> {
  const counts = { pending: 0, delivered: 0, quarantined: 0, dropped: 0 };
  const statement = db.prepare(COUNT_STATES);
  for (const [first, last] of seqs.merged()) {
    for (const state of STATES) counts[state] += Number(statement.get(laneId, state, first, last)?.n);
  }
  return counts;
}
