import { MAX_LINE_BYTES } from '../limits.ts';

const LF = 0x0a;

export interface Line {
  /** From 1. */
  readonly number: number;
  /** Without its line feed; null for one that is longer than MAX_LINE_BYTES, which is passed over without being kept. */
  readonly bytes: Uint8Array | null;
}

/** Lines out of pieces, with one line in memory at most. A line's bytes are valid until the next one is asked for. */
export function* splitLines(chunks: Iterable<Uint8Array>): Generator<Line> {
  const begun = new Begun(MAX_LINE_BYTES);
  let number = 1;
  for (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(LF); end !== -1; end = chunk.indexOf(LF, start)) {
      yield { number, bytes: begun.finish(chunk.subarray(start, end)) };
      number += 1;
      start = end + 1;
    }
    begun.add(chunk.subarray(start));
  }
  if (!begun.isEmpty) yield { number, bytes: begun.finish(new Uint8Array(0)) };
}

/** A piece of text that goes over several chunks, up to a bound. */
export class Begun {
  readonly #limit: number;
  #parts: Uint8Array[] = [];
  #length = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get isEmpty(): boolean {
    return this.#length === 0;
  }

  get isTooLong(): boolean {
    return this.#length > this.#limit;
  }

  /** Copied, because a chunk is valid until the next one; not kept beyond the bound. */
  add(part: Uint8Array): void {
    if (part.length === 0) return;
    this.#length += part.length;
    if (this.#length > this.#limit) this.#parts = [];
    else this.#parts.push(Buffer.from(part));
  }

  /** All of it, or null where it is too long; empty afterwards. Without a copy where it lies in one chunk. */
  finish(last: Uint8Array): Uint8Array | null {
    const length = this.#length + last.length;
    const parts = this.#parts;
    this.#parts = [];
    this.#length = 0;
    if (length > this.#limit) return null;
    return parts.length === 0 ? last : Buffer.concat([...parts, last]);
  }
}
