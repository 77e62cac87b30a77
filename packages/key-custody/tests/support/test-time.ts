import type { SignerTime } from '../../src/index.ts';

/** A clock that a test moves: timers run when their time is reached, waits end at once and are noted. */
export class TestTime implements SignerTime {
  #nowMs = 1_800_000_000_000;
  #timers: { readonly atMs: number; readonly run: () => void }[] = [];
  readonly waits: number[] = [];

  readonly now = (): number => this.#nowMs;
  readonly random = (): number => 0.5;

  wait = async (ms: number): Promise<void> => {
    this.waits.push(ms);
    this.#nowMs += ms;
  };

  later = (ms: number, run: () => void): (() => void) => {
    const timer = { atMs: this.#nowMs + ms, run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((each) => each !== timer);
    };
  };

  get timers(): number {
    return this.#timers.length;
  }

  /** Does not wait for what the timers begin. */
  advance(ms: number): void {
    this.#nowMs += ms;
    const due = this.#timers.filter(({ atMs }) => atMs <= this.#nowMs);
    this.#timers = this.#timers.filter((timer) => !due.includes(timer));
    for (const { run } of due) run();
  }
}
