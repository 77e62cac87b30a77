import type { Spool } from '../spool/spool.ts';
import type { Settlement } from '../spool/types.ts';
import { StateFault } from '../state/state-fault.ts';
import type { DeliveryClock } from './types.ts';

/** How often a locked spool is tried again (each try waits for the busy timeout as well) before drain gives up. */
const LOCKED_TRIES = 30;
const LOCKED_PAUSE_MS = 1000;

/**
 * Records outcomes in groups: whatever arrived while the last transaction was written goes down in the next one, so
 * that eight answers cost one fsync. An event stays in flight until its outcome is on disk; a crash before that makes
 * its attempt again, which the gateway answers as a duplicate.
 */
export class SettleQueue {
  readonly #spool: Spool;
  readonly #clock: DeliveryClock;
  #waiting: { settlement: Settlement; resolve: () => void; reject: (error: unknown) => void }[] = [];
  #writing = false;

  constructor(spool: Spool, clock: DeliveryClock) {
    this.#spool = spool;
    this.#clock = clock;
  }

  /** Resolves when the settlement is durable; rejects with the StateFault that kept it from being so. */
  record(settlement: Settlement): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ settlement, resolve, reject });
      if (this.#writing) return;
      this.#writing = true;
      setImmediate(() => {
        void this.#flush();
      });
    });
  }

  async #flush(): Promise<void> {
    while (this.#waiting.length > 0) {
      const group = this.#waiting;
      this.#waiting = [];
      try {
        await this.#write(group.map(({ settlement }) => settlement));
        for (const { resolve } of group) resolve();
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    this.#writing = false;
  }

  async #write(settlements: readonly Settlement[]): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      try {
        this.#spool.settle(settlements);
        return;
      } catch (error) {
        const locked = error instanceof StateFault && error.code === 'state_locked';
        if (!locked || tries >= LOCKED_TRIES) throw error;
        await this.#clock.wait(LOCKED_PAUSE_MS, new AbortController().signal);
      }
    }
  }
}
