import type { Spool } from '../spool/spool.ts';
import type { SpooledEvent } from '../spool/types.ts';
import type { BatchSizing } from './batch-sizing.ts';
import type { Choice } from './choose-events.ts';

/** A choice that stands for several events of its lane; `event` is the first of them. */
export interface BatchChoice extends Choice {
  readonly batch?: readonly SpooledEvent[];
}

export interface Gathering {
  readonly spool: Spool;
  readonly sizing: BatchSizing;
  readonly nowMs: number;
  readonly inFlight: ReadonlyMap<number, number>;
}

/**
 * Makes batches of what may leave: where a lane has more than one event to send, what waits behind the chosen ones
 * goes with them (PROTOCOL.md section 6). Probes stay single, so that a probe is one event. First attempts and
 * retries keep apart: an event that made a batch fail must not hold the ones that were never tried.
 */
export function gatherBatches(choices: readonly Choice[], gathering: Gathering): readonly BatchChoice[] {
  const gathered: BatchChoice[] = [];
  const batched = new Set<string>();
  for (const choice of choices) {
    if (choice.laneProbe || choice.circuitProbe) {
      gathered.push(choice);
      continue;
    }
    const kind = choice.event.attempts === 0 ? 'first' : 'retry';
    const group = `${kind} ${choice.lane.laneId}`;
    // The others of its group, chosen singly, are in the batch or wait for the next round.
    if (batched.has(group)) continue;
    const alreadyChosen = gathered.some((other) => groupOf(other) === group);
    const batch = alreadyChosen ? [] : batchFor(choice, kind, gathering);
    if (batch.length > 1) {
      batched.add(group);
      gathered.push({ ...choice, event: batch[0] ?? choice.event, batch });
    } else gathered.push(choice);
  }
  return gathered;
}

function groupOf(choice: Choice): string {
  return `${choice.event.attempts === 0 ? 'first' : 'retry'} ${choice.lane.laneId}`;
}

function batchFor(choice: Choice, kind: 'first' | 'retry', gathering: Gathering): readonly SpooledEvent[] {
  const { spool, sizing, nowMs, inFlight } = gathering;
  const size = sizing.size(choice.event.attempts, nowMs);
  if (size === null) return [];
  const exclude = new Set(inFlight.keys());
  const batch = spool.nextBatch(choice.lane.laneId, { kind, nowMs, exclude, ...size });
  return batch[0]?.attempts === choice.event.attempts ? batch : [];
}
