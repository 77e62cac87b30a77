import type { Spool } from '../spool/spool.ts';
import type { SpooledEvent } from '../spool/types.ts';
import type { BatchSize, BatchSizing } from './batch-sizing.ts';
import type { Choice } from './choose-events.ts';
import type { InFlight } from './in-flight.ts';

/** A choice that stands for several events of its lane; `event` is the first of them. */
export interface BatchChoice extends Choice {
  readonly batch?: readonly SpooledEvent[];
}

export interface Gathering {
  readonly spool: Spool;
  readonly sizing: BatchSizing;
  readonly nowMs: number;
  readonly inFlight: InFlight;
}

/**
 * Makes batches of what may leave: where a lane has more than one event to send, what waits behind the chosen ones
 * goes with them (PROTOCOL.md section 6). Probes stay single, so that a probe is one event. First attempts and
 * retries keep apart: an event that made a batch fail must not hold the ones that were never tried.
 */
export function gatherBatches(choices: readonly Choice[], gathering: Gathering): readonly BatchChoice[] {
  const gathered: BatchChoice[] = [];
  const batched = new Set<string>();
  let room = gathering.sizing.batchesInFlight - gathering.inFlight.batches;
  for (const choice of choices) {
    if (choice.laneProbe || choice.circuitProbe) {
      gathered.push(choice);
      continue;
    }
    const kind = choice.event.attempts === 0 ? 'first' : 'retry';
    const group = `${kind} ${choice.lane.laneId}`;
    // The others of its group, chosen singly, are in the batch or wait for the next round.
    if (batched.has(group)) continue;
    const size = gathering.sizing.size(choice.event.attempts, gathering.nowMs);
    // It waits for a batch to come back: sent singly now, it would be one of a thousand requests.
    if (size !== null && room <= 0) continue;
    const alreadyChosen = gathered.some((other) => groupOf(other) === group);
    const batch = alreadyChosen || size === null ? [] : batchFor(choice, kind, size, gathering);
    if (batch.length > 1) {
      batched.add(group);
      room -= 1;
      gathered.push({ ...choice, event: batch[0] ?? choice.event, batch });
    } else gathered.push(choice);
  }
  return gathered;
}

function groupOf(choice: Choice): string {
  return `${choice.event.attempts === 0 ? 'first' : 'retry'} ${choice.lane.laneId}`;
}

function batchFor(
  choice: Choice,
  kind: 'first' | 'retry',
  size: BatchSize,
  { spool, nowMs, inFlight }: Gathering,
): readonly SpooledEvent[] {
  const batch = spool.nextBatch(choice.lane.laneId, { kind, nowMs, exclude: inFlight.seqs, ...size });
  return batch[0]?.attempts === choice.event.attempts ? batch : [];
}
