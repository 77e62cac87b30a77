import { type Found, isSameFile } from './look-at-folder.ts';

interface Seen {
  readonly found: Found;
  /** When these very stats were first seen; monotonic milliseconds. */
  readonly sinceMs: number;
}

/**
 * Tells when a file is complete: size and times have not changed for a while. A file whose times are that old already
 * when it is first seen is complete at once, as after a restart.
 */
export class Steadiness {
  readonly #settleMs: number;
  #seen = new Map<string, Seen>();

  constructor(settleMs: number) {
    this.#settleMs = settleMs;
  }

  /**
   * One look at all files of a folder: those that are complete. What is not in `found` is forgotten.
   * `elapsedMs` is monotonic, `nowMs` Unix time: only the latter can be compared with a file's times.
   */
  settled(found: readonly Found[], elapsedMs: number, nowMs: number): readonly Found[] {
    const seen = new Map<string, Seen>();
    const settled: Found[] = [];
    for (const one of found) {
      const before = this.#seen.get(one.name);
      const same = before !== undefined && isSameFile(before.found.stats, one.stats);
      const sinceMs = same ? before.sinceMs : elapsedMs;
      seen.set(one.name, { found: one, sinceMs });
      const age = nowMs - latest(one.stats);
      if (elapsedMs - sinceMs >= this.#settleMs || (!same && age >= this.#settleMs)) settled.push(one);
    }
    this.#seen = seen;
    return settled;
  }
}

/** Unix milliseconds. The change time too: it is when a file was renamed into place, whatever its content's time says. */
function latest(stats: Found['stats']): number {
  return Math.max(Number(stats.mtimeMs), Number(stats.ctimeMs));
}
