/**
 * Whether this process holds more and more of what it is fed: the heap after a collection, at the first quarter of a run
 * and at its end. Without `gc` (which main.ts exposes, and jest does not) nothing can be said.
 */
export class HeldHeap {
  readonly #beginAfter: number;
  #early: number | null = null;

  /** `cases`: as many as are meant to be; a run that time ends is measured as well, from 5,000 on at the latest. */
  constructor(cases: number) {
    this.#beginAfter = Math.min(5_000, Math.floor(cases / 4));
  }

  /** To be called after every case. */
  after(done: number): void {
    if (done === this.#beginAfter) this.#early = floor();
  }

  /** MiB since then; 0 where nothing can be said. */
  growth(): number {
    const late = floor();
    return this.#early === null || late === null ? 0 : late - this.#early;
  }
}

/** MiB that may be held at the end beyond what was held after the first quarter: caches fill, the heap fragments. */
export const HEAP_TOLERANCE = 16;

function floor(): number | null {
  const { gc } = globalThis as { gc?: () => void };
  if (gc === undefined) return null;
  gc();
  return process.memoryUsage().heapUsed / 1_048_576;
}
