import type { DeliveryClock } from './types.ts';

/** Waiting that ends early when something happened; what happens between `begin` and `wait` is not lost. */
export class Pauses {
  readonly #clock: DeliveryClock;
  readonly #stop: AbortSignal | undefined;
  #happened = new AbortController();

  constructor(clock: DeliveryClock, stop: AbortSignal | undefined) {
    this.#clock = clock;
    this.#stop = stop;
  }

  begin(): void {
    if (this.#happened.signal.aborted) this.#happened = new AbortController();
  }

  end(): void {
    this.#happened.abort();
  }

  async wait(ms: number): Promise<void> {
    const { signal } = this.#happened;
    const stop = this.#stop;
    const onStop = (): void => this.end();
    stop?.addEventListener('abort', onStop, { once: true });
    try {
      if (stop?.aborted !== true) await this.#clock.wait(ms, signal);
    } finally {
      stop?.removeEventListener('abort', onStop);
    }
  }

  /** Until `end`, however long; for what is still in flight when a drain stops. */
  waitForEnd(): Promise<void> {
    const { signal } = this.#happened;
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  }
}
