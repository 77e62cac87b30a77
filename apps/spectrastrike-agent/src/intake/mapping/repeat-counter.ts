/** Different records that are remembered of one report; ten bytes each, in a table that is at most half full. */
const MOST = 4_000_000;

/**
 * Counts how often the same record came, in a table of digests: 64 bits are enough, because a collision only numbers
 * a record that is no repeat, and its id holds the whole digest beside the number.
 */
export class RepeatCounter {
  readonly #most: number;
  #high = new Uint32Array(1024);
  #low = new Uint32Array(1024);
  #counts = new Uint16Array(1024);
  #used = 0;

  constructor(most: number = MOST) {
    this.#most = most;
  }

  /**
   * How often it came, this time included; from 1. Null where the table is full, or the count is: then nothing is
   * known, and the caller tells it apart by its place.
   * @param digest at least 8 bytes
   */
  next(digest: Uint8Array): number | null {
    const view = new DataView(digest.buffer, digest.byteOffset, 8);
    const high = view.getUint32(0);
    const low = view.getUint32(4);
    const slot = this.#find(high, low);
    const count = this.#counts[slot] ?? 0;
    if (count === 0) {
      if (this.#used >= this.#most) return null;
      this.#used += 1;
    } else if (count === 0xffff) return null;
    this.#high[slot] = high;
    this.#low[slot] = low;
    this.#counts[slot] = count + 1;
    if (count === 0 && this.#used * 2 > this.#counts.length) this.#grow();
    return count + 1;
  }

  /** Its slot, or the free one where it would stand. */
  #find(high: number, low: number): number {
    const mask = this.#counts.length - 1;
    let slot = low & mask;
    while (this.#counts[slot] !== 0 && (this.#high[slot] !== high || this.#low[slot] !== low)) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  #grow(): void {
    const [high, low, counts] = [this.#high, this.#low, this.#counts];
    this.#high = new Uint32Array(high.length * 2);
    this.#low = new Uint32Array(high.length * 2);
    this.#counts = new Uint16Array(high.length * 2);
    for (let at = 0; at < counts.length; at++) {
      const count = counts[at] ?? 0;
      if (count === 0) continue;
      const slot = this.#find(high[at] ?? 0, low[at] ?? 0);
      this.#high[slot] = high[at] ?? 0;
      this.#low[slot] = low[at] ?? 0;
      this.#counts[slot] = count;
    }
  }
}
