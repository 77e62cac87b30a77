import type { DatabaseSync } from 'node:sqlite';
import type { EventState } from '../spool/types.ts';

/** Ids in one statement; json_each takes them as one parameter. */
const CHUNK = 5000;

/** CROSS JOIN fixes the order of the loops: left to itself SQLite walks all events for every list of ids. */
export const COUNT_STATES = `
SELECT events.state AS state, count(*) AS n FROM json_each(?2) AS wanted
CROSS JOIN events ON events.lane_id = ?1 AND events.event_id = wanted.value GROUP BY events.state`;

/** How many of the events of one lane, named by id, are in which state now. Ids that are not there count nowhere. */
export function countStates(
  db: DatabaseSync,
  laneId: number,
  eventIds: readonly string[],
): Readonly<Record<EventState, number>> {
  const counts = { pending: 0, delivered: 0, quarantined: 0, dropped: 0 };
  const statement = db.prepare(COUNT_STATES);
  for (let from = 0; from < eventIds.length; from += CHUNK) {
    for (const row of statement.all(laneId, JSON.stringify(eventIds.slice(from, from + CHUNK)))) {
      if (isState(row.state)) counts[row.state] += Number(row.n);
    }
  }
  return counts;
}

function isState(value: unknown): value is EventState {
  return value === 'pending' || value === 'delivered' || value === 'quarantined' || value === 'dropped';
}
