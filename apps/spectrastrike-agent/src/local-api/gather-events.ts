import type { NewEvent } from '../intake/index.ts';
import type { EnqueueOutcome } from '../spool/enqueue.ts';
import type { Spool } from '../spool/spool.ts';
import type { LaneKey } from '../spool/types.ts';
import { StateFault } from '../state/state-fault.ts';

interface Waiting {
  readonly lane: LaneKey;
  readonly event: NewEvent;
  readonly settle: (outcome: EnqueueOutcome) => void;
  readonly fail: (fault: unknown) => void;
}

/**
 * Single events of requests that came at the same time, into one transaction: an fsync is what a request costs, and the
 * event loop stands still for it. Nobody is waited for: what came in while the last transaction was written is the next.
 */
export class GatherEvents {
  readonly #spool: Pick<Spool, 'enqueue'>;
  readonly #later: (flush: () => void) => void;
  #waiting: Waiting[] = [];

  /** @param later calls `flush` when the requests that have arrived are read; setImmediate */
  constructor(spool: Pick<Spool, 'enqueue'>, later: (flush: () => void) => void) {
    this.#spool = spool;
    this.#later = later;
  }

  /**
   * Resolves after the fsync. Rejects with StateFault where the event is not stored; those of others neither decide about
   * it nor are lost with it.
   */
  enqueue(lane: LaneKey, event: NewEvent): Promise<EnqueueOutcome> {
    return new Promise((settle, fail) => {
      this.#waiting.push({ lane, event, settle, fail });
      if (this.#waiting.length === 1) this.#later(() => this.#flush());
    });
  }

  #flush(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    const lanes = new Map<string, Waiting[]>();
    for (const one of waiting) {
      const { gateway, operatorId, tenantId } = one.lane;
      const key = JSON.stringify([gateway, operatorId, tenantId]);
      const group = lanes.get(key);
      if (group === undefined) lanes.set(key, [one]);
      else group.push(one);
    }
    for (const group of lanes.values()) this.#store(group);
  }

  #store(group: readonly Waiting[]): void {
    const [first] = group;
    if (first === undefined) return;
    const outcomes: EnqueueOutcome[] = [];
    const events = group.map(({ event }) => event);
    try {
      this.#spool.enqueue(first.lane, null, events, (outcome) => outcomes.push(outcome));
    } catch (error) {
      // A lock is waited for once and not for each. Otherwise one event may be at fault, or known already, or small enough.
      if (group.length === 1 || (error instanceof StateFault && error.code === 'state_locked')) {
        for (const { fail } of group) fail(error);
        return;
      }
      for (const one of group) this.#store([one]);
      return;
    }
    for (const [index, { settle, fail }] of group.entries()) {
      const outcome = outcomes[index];
      if (outcome === undefined) fail(new Error('the spool said nothing of an event'));
      else settle(outcome);
    }
  }
}
