import type { Settlement, SpooledEvent } from '../spool/types.ts';
import { applyVerdict, type VerdictContext } from './apply-verdict.ts';
import { settlementOf } from './attempt.ts';
import type { BatchVerdict } from './attempt-batch.ts';
import type { BatchSizing } from './batch-sizing.ts';

/**
 * What a batch's verdict means for each of its events, for lane, gateway and the size of batches to come. An event is
 * quarantined only by a result of its own: what refuses a batch as a whole sends its events on in smaller ones.
 */
export function settleBatch(
  context: VerdictContext,
  sizing: BatchSizing,
  events: readonly SpooledEvent[],
  laneId: number,
  verdict: BatchVerdict,
): readonly Settlement[] {
  const { nowMs } = context;
  switch (verdict.kind) {
    case 'items':
      sizing.taken();
      return settleEach(context, events, laneId, verdict.verdicts);
    case 'whole':
      return settleWhole(context, sizing, events, laneId, verdict.verdict);
    case 'refused': {
      sizing.refused(verdict.code, nowMs);
      const { code, detail } = verdict;
      return events.map(({ seq }) => ({ kind: 'retry', seq, nextAttemptMs: nowMs, code, detail }));
    }
    case 'too-large':
    case 'not-taken': {
      if (verdict.kind === 'too-large') sizing.tooLarge(verdict.bytes, verdict.code, nowMs);
      else sizing.notTaken(verdict.code, nowMs);
      const { code, detail } = verdict;
      return events.map(({ seq }) => ({ kind: 'kept', seq, code, detail }));
    }
  }
}

function settleEach(
  context: VerdictContext,
  events: readonly SpooledEvent[],
  laneId: number,
  verdicts: Extract<BatchVerdict, { kind: 'items' }>['verdicts'],
): readonly Settlement[] {
  let said = false;
  return events.flatMap((event, index) => {
    const verdict = verdicts[index];
    if (verdict === undefined) return [];
    // Lane and circuit need to hear of an acceptance once, not a thousand times.
    if (verdict.kind !== 'delivered' || !said || event.attempts > 0)
      applyVerdict(context, event, laneId, verdict);
    said ||= verdict.kind === 'delivered';
    return [settlementOf(event, verdict, context)];
  });
}

function settleWhole(
  context: VerdictContext,
  sizing: BatchSizing,
  events: readonly SpooledEvent[],
  laneId: number,
  verdict: Extract<BatchVerdict, { kind: 'whole' }>['verdict'],
): readonly Settlement[] {
  const [head] = events;
  if (head === undefined) return [];
  // One batch is one failure or one success to the circuit, whoever is in it.
  applyVerdict(context, head, laneId, verdict);
  if (verdict.kind === 'retry' || verdict.kind === 'throttle') sizing.slowed();
  if (verdict.kind === 'pause-lane') sizing.refused(verdict.code, context.nowMs);
  const shared = settlementOf(head, verdict, context);
  return events.map((event): Settlement => {
    if (verdict.kind === 'replay' && event.replayRetries > 0) {
      const { detail } = verdict;
      return { kind: 'retry', seq: event.seq, nextAttemptMs: context.nowMs, code: 'replay_detected', detail };
    }
    // One time for all of them, so that they can be one batch again.
    if (shared.kind === 'retry') return { ...shared, seq: event.seq };
    return settlementOf(event, verdict, context);
  });
}
