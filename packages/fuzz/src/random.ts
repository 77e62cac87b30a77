/**
 * The one source of chance of a run: seeded, so that `--seed N --case M` makes the same bytes again. Not for secrets.
 * sfc32, seeded from the text `<suite>/<seed>/<case>`: cases do not depend on how many ran before them.
 */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(label: string) {
    let hash = 2166136261;
    const mix = (): number => {
      for (let i = 0; i < label.length; i += 1) hash = Math.imul(hash ^ label.charCodeAt(i), 16777619);
      hash = Math.imul(hash ^ (hash >>> 15), 2246822507);
      return hash | 0;
    };
    this.#a = mix();
    this.#b = mix();
    this.#c = mix();
    for (let i = 0; i < 12; i += 1) this.word();
  }

  /** 32 random bits, unsigned. */
  word(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    return sum >>> 0;
  }

  /** 0 <= n < bound. */
  below(bound: number): number {
    return Math.floor((this.word() / 4294967296) * bound);
  }

  chance(share: number): boolean {
    return this.word() / 4294967296 < share;
  }

  pick<Item>(items: readonly Item[]): Item {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  }

  bytes(count: number): Buffer {
    const out = Buffer.allocUnsafe(count);
    for (let i = 0; i < count; i += 1) out[i] = this.word() & 255;
    return out;
  }
}
