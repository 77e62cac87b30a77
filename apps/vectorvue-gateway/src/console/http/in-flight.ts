/** How much at once: what is beyond is refused with `busy`, so that a console never makes ingestion wait. */
export class Slots {
  readonly #most: number;
  #taken = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** null: all are taken. Giving one back twice gives back one. */
  take(): (() => void) | null {
    if (this.#taken >= this.#most) return null;
    this.#taken += 1;
    let held = true;
    return () => {
      if (held) this.#taken -= 1;
      held = false;
    };
  }
}

/** At most so many in each minute, by name; names that are quiet are forgotten. */
export class PerMinute {
  readonly #most: number;
  readonly #counts = new Map<string, { minute: number; count: number }>();

  constructor(most: number) {
    this.#most = most;
  }

  /** Counts one, and whether it is within the bound. */
  allows(name: string, nowMs: number): boolean {
    const minute = Math.floor(nowMs / 60_000);
    const entry = this.#counts.get(name);
    if (entry?.minute !== minute) {
      if (this.#counts.size >= 10_000) this.#counts.clear();
      this.#counts.set(name, { minute, count: 1 });
      return this.#most > 0;
    }
    entry.count += 1;
    return entry.count <= this.#most;
  }
}
