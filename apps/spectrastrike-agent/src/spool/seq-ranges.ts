/** Numbers of spooled events, as ranges: those of a report mostly follow each other, so millions take little room. */
export class SeqRanges {
  readonly #ranges: [first: number, last: number][] = [];
  #added = 0;

  add(seq: number): void {
    this.#added += 1;
    const last = this.#ranges.at(-1);
    if (last !== undefined && seq === last[1] + 1) last[1] = seq;
    else this.#ranges.push([seq, seq]);
  }

  addAll(other: SeqRanges): void {
    for (const range of other.#ranges) this.#ranges.push([...range]);
    this.#added += other.#added;
  }

  /** Calls of `add`, repeats counted. */
  get added(): number {
    return this.#added;
  }

  /** Each number once, ascending. */
  merged(): readonly (readonly [first: number, last: number])[] {
    const merged: [number, number][] = [];
    for (const [first, end] of this.#ranges.toSorted((a, b) => a[0] - b[0])) {
      const last = merged.at(-1);
      if (last !== undefined && first <= last[1] + 1) last[1] = Math.max(last[1], end);
      else merged.push([first, end]);
    }
    return merged;
  }

  /** How many different ones. */
  get distinct(): number {
    return this.merged().reduce((sum, [first, last]) => sum + last - first + 1, 0);
  }
}
