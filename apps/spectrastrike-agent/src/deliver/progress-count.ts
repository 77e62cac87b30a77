import type { Spool } from '../spool/spool.ts';
import type { Settlement } from '../spool/types.ts';
import type { DeliveryProgress } from './types.ts';

/** Counts what a drain settled. `pending` is counted at the start and at the end, and estimated in between. */
export class ProgressCount {
  readonly #spool: Spool;
  readonly #gateway: string;
  readonly #report: ((progress: DeliveryProgress) => void) | undefined;
  #delivered = 0;
  #duplicates = 0;
  #quarantined = 0;
  #pendingAtStart: number | null = null;

  constructor(spool: Spool, gateway: string, report: ((progress: DeliveryProgress) => void) | undefined) {
    this.#spool = spool;
    this.#gateway = gateway;
    this.#report = report;
  }

  /** Delivered, duplicates and quarantined together. */
  get settled(): number {
    return this.#delivered + this.#duplicates + this.#quarantined;
  }

  /** What one request settled: one event, or those of a batch. */
  count(settlements: readonly Settlement[]): void {
    const before = this.settled;
    for (const settlement of settlements) this.#add(settlement);
    if (this.#report === undefined || this.settled === before) return;
    this.#pendingAtStart ??= this.#countPending() + this.settled - before;
    this.#report(this.#snapshot(Math.max(0, this.#pendingAtStart - this.settled)));
  }

  #add(settlement: Settlement): void {
    if (settlement.kind === 'delivered' && settlement.duplicate) this.#duplicates += 1;
    else if (settlement.kind === 'delivered') this.#delivered += 1;
    else if (settlement.kind === 'quarantined') this.#quarantined += 1;
  }

  final(): DeliveryProgress {
    return this.#snapshot(this.#countPending());
  }

  #snapshot(pending: number): DeliveryProgress {
    return {
      delivered: this.#delivered,
      duplicates: this.#duplicates,
      quarantined: this.#quarantined,
      pending,
    };
  }

  #countPending(): number {
    const lanes = new Set(this.#spool.lanes(this.#gateway).map((lane) => lane.laneId));
    return this.#spool
      .counts()
      .filter((counts) => lanes.has(counts.laneId))
      .reduce((sum, counts) => sum + counts.pending, 0);
  }
}
