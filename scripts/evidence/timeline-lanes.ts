import type { LoggedEntry } from './read-log.ts';

/** A row of the timeline. */
export interface Lane {
  readonly name: string;
  readonly kind: 'ours' | 'taken' | 'feedback' | 'refused' | 'security';
  holds(entry: LoggedEntry): boolean;
}

const TAKEN = new Set(['accepted', 'duplicate', 'issued']);

const isOurs = (entry: LoggedEntry) => entry.class === 'trust' || entry.class === 'administration';
const isFeedback = (entry: LoggedEntry) => /feedback|graph/.test(entry.action) && TAKEN.has(entry.code);

/** From what the gateway's own side did down to attacks. Every entry is in exactly one: the first that holds it. */
export const LANES: readonly Lane[] = [
  { name: 'Trust and administration', kind: 'ours', holds: isOurs },
  { name: 'Refused: security', kind: 'security', holds: (entry) => entry.class === 'security' },
  { name: 'Graphs and feedback', kind: 'feedback', holds: isFeedback },
  { name: 'Accepted', kind: 'taken', holds: (entry) => TAKEN.has(entry.code) },
  { name: 'Refused: other', kind: 'refused', holds: () => true },
];

/** In the order in which they are drawn. */
export const DRAWN: readonly Lane['kind'][] = ['ours', 'taken', 'feedback', 'refused', 'security'];

export function laneOf(entry: LoggedEntry): Lane['kind'] {
  return LANES.find((lane) => lane.holds(entry))?.kind ?? 'refused';
}
