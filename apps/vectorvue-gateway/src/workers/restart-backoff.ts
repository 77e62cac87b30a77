/** Milliseconds before the second try; it doubles with each further one. */
const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 10_000;
/** A worker that served this long had a life of its own: what ends it is not its start. Milliseconds. */
const LONG_LIFE_MS = 10_000;

/**
 * How long to wait before a worker is replaced: not at all the first time, and longer each time that it dies young,
 * so that a worker which cannot live costs no more than a start every ten seconds.
 */
export class RestartBackoff {
  #youngDeaths = 0;

  /** `livedMs`: how long the one that ended had been accepting; 0: it never was. */
  nextDelayMs(livedMs: number): number {
    this.#youngDeaths = livedMs >= LONG_LIFE_MS ? 1 : this.#youngDeaths + 1;
    if (this.#youngDeaths === 1) return 0;
    return Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (this.#youngDeaths - 2));
  }

  /** Deaths in a row after less than a long life. */
  get youngDeaths(): number {
    return this.#youngDeaths;
  }
}
