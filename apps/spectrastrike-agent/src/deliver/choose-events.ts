import type { Spool } from '../spool/spool.ts';
import type { Lane, SpooledEvent } from '../spool/types.ts';
import type { Circuit } from './circuit.ts';
import type { InFlight } from './in-flight.ts';
import type { LaneFlow } from './lane-flow.ts';

export interface Choice {
  readonly event: SpooledEvent;
  readonly lane: Lane;
  /** The one event that a paused lane, or an open circuit, lets through. */
  readonly laneProbe: boolean;
  readonly circuitProbe: boolean;
}

export interface Situation {
  readonly spool: Spool;
  readonly nowMs: number;
  readonly circuit: Circuit;
  /** Rotated by the caller, so that no lane is always first. */
  readonly lanes: readonly Lane[];
  readonly inFlight: InFlight;
  readonly probingLanes: ReadonlySet<number>;
  readonly concurrency: number;
  readonly flowOf: (laneId: number) => LaneFlow;
}

/** Later than any backoff: asks for events in backoff whether or not it is over. */
const WHENEVER = Number.MAX_SAFE_INTEGER;

/** What may leave now. Nothing is changed; asking twice gives the same. */
export function chooseEvents(situation: Situation): readonly Choice[] {
  switch (situation.circuit.admits(situation.nowMs)) {
    case 'none':
      return [];
    case 'probe': {
      const probe = chooseCircuitProbe(situation);
      return probe === null ? [] : [{ ...probe, circuitProbe: true }];
    }
    case 'all':
      return chooseForAll(situation);
  }
}

/** Lanes take turns, one event each, until the room is used up. */
function chooseForAll(situation: Situation): Choice[] {
  const room = situation.concurrency - situation.inFlight.requests;
  if (room <= 0) return [];
  const queues = situation.lanes.map((lane) => chooseForLane(situation, lane, room));
  const chosen: Choice[] = [];
  for (let turn = 0; chosen.length < room; turn += 1) {
    const round = queues.map((queue) => queue[turn]).filter((choice) => choice !== undefined);
    if (round.length === 0) break;
    chosen.push(...round.slice(0, room - chosen.length));
  }
  return chosen;
}

/**
 * Retries that are due take at most half of the room while first attempts wait, so that events which keep failing
 * cannot keep new ones back; each kind takes what the other leaves.
 */
function chooseForLane(situation: Situation, lane: Lane, room: number): Choice[] {
  if (lane.state === 'paused') {
    const probe = chooseLaneProbe(situation, lane);
    return probe === null ? [] : [probe];
  }
  const { spool, nowMs, inFlight } = situation;
  const limit = Math.min(room, situation.flowOf(lane.laneId).room(nowMs, inFlight.requestsOf(lane.laneId)));
  if (limit <= 0) return [];
  const exclude = inFlight.seqs;
  const first = spool.nextEvents(lane.laneId, { kind: 'first', nowMs, limit, exclude });
  const due = spool.nextEvents(lane.laneId, { kind: 'retry', nowMs, limit, exclude });
  const retries = due.slice(0, Math.max(Math.ceil(limit / 2), limit - first.length));
  return [...retries, ...first]
    .slice(0, limit)
    .map((event) => ({ event, lane, laneProbe: false, circuitProbe: false }));
}

/** The oldest event of the lane, at most one at a time and not before its time (PROTOCOL.md section 13). */
function chooseLaneProbe(situation: Situation, lane: Lane): Choice | null {
  const { spool, nowMs, inFlight, probingLanes } = situation;
  if (probingLanes.has(lane.laneId) || nowMs < (lane.probeAfterMs ?? 0)) return null;
  const exclude = inFlight.seqs;
  const candidates = [
    ...spool.nextEvents(lane.laneId, { kind: 'first', nowMs, limit: 1, exclude }),
    ...spool.nextEvents(lane.laneId, { kind: 'retry', nowMs: WHENEVER, limit: 1, exclude }),
  ].sort((left, right) => left.seq - right.seq);
  const event = candidates[0];
  return event === undefined ? null : { event, lane, laneProbe: true, circuitProbe: false };
}

/**
 * Another event than the one that failed, if there is any: one never tried first, then one in backoff, even before
 * it is over; an event that is to be avoided only when nothing else is pending, and only when its backoff is over.
 */
function chooseCircuitProbe(situation: Situation): Choice | null {
  const { spool, nowMs, circuit, inFlight } = situation;
  const exclude = inFlight.seqs;
  let last: Choice | null = null;
  for (const lane of situation.lanes) {
    if (lane.state === 'paused') {
      last ??= chooseLaneProbe(situation, lane);
      continue;
    }
    if (situation.flowOf(lane.laneId).hold(nowMs) !== null) continue;
    const pick = (event: SpooledEvent): Choice => ({ event, lane, laneProbe: false, circuitProbe: true });
    const first = spool.nextEvents(lane.laneId, { kind: 'first', nowMs, limit: 16, exclude });
    const candidates = [
      ...first,
      ...spool.nextEvents(lane.laneId, { kind: 'retry', nowMs: WHENEVER, limit: 16, exclude }),
    ];
    const other = candidates.find((event) => !circuit.avoidsAsProbe(event.seq));
    if (other !== undefined) return pick(other);
    // One that was taken out of quarantine counts as never tried, and may still be one to avoid.
    const due = first[0] ?? spool.nextEvents(lane.laneId, { kind: 'retry', nowMs, limit: 1, exclude })[0];
    if (due !== undefined) last ??= pick(due);
  }
  return last;
}
