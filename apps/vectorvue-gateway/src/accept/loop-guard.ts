/** Milliseconds between measurements. */
const SAMPLE_EVERY_MS = 100;
/** Measurements in a row over the high mark before requests are shed: one long pause alone is no overload. */
const SAMPLES_TO_SHED = 3;
/** Measurements in a row under the low mark before they are taken again. */
const SAMPLES_TO_RECOVER = 5;

export interface LoopGuardOptions {
  /** Milliseconds; 0: never sheds. */
  readonly highMs: number;
  /** Milliseconds; below `highMs`. */
  readonly lowMs: number;
  /** Told when shedding begins and ends. */
  readonly onChange?: (shedding: boolean, delayMs: number) => void;
}

/**
 * Sheds requests while the event loop is late. A process that cannot keep up answers everybody too late, and its
 * queue grows until it dies; one that sends away what it cannot do keeps doing the rest. Two marks (hysteresis), so
 * that it does not flutter. A request reads one boolean.
 */
export class LoopGuard {
  readonly #options: LoopGuardOptions;
  #shedding = false;
  #inARow = 0;
  #lastMs = 0;

  constructor(options: LoopGuardOptions) {
    this.#options = options;
  }

  get shedding(): boolean {
    return this.#shedding;
  }

  /** The last measurement, milliseconds. */
  get delayMs(): number {
    return this.#lastMs;
  }

  observe(delayMs: number): void {
    const { highMs, lowMs, onChange } = this.#options;
    this.#lastMs = delayMs;
    if (highMs === 0) return;
    const against = this.#shedding ? delayMs < lowMs : delayMs > highMs;
    this.#inARow = against ? this.#inARow + 1 : 0;
    if (this.#inARow < (this.#shedding ? SAMPLES_TO_RECOVER : SAMPLES_TO_SHED)) return;
    this.#inARow = 0;
    this.#shedding = !this.#shedding;
    onChange?.(this.#shedding, delayMs);
  }
}

/**
 * Measures how late a timer fires, which is how long the loop was busy with something else, ten times a second.
 * `perf_hooks.monitorEventLoopDelay` would take a timer of its own and a histogram for the same number.
 */
export function watchLoop(guard: LoopGuard, nowMs: () => number = () => performance.now()): Disposable {
  let dueMs = nowMs() + SAMPLE_EVERY_MS;
  const timer = setInterval(() => {
    const now = nowMs();
    guard.observe(Math.max(0, now - dueMs));
    dueMs = now + SAMPLE_EVERY_MS;
  }, SAMPLE_EVERY_MS);
  timer.unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
