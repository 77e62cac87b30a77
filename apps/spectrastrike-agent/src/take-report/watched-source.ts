import { createHash } from 'node:crypto';
import type { ReportSource } from '../intake/index.ts';

/** A source that was hashed before: it notices when the same bytes do not come again, and how far it was read. */
export class WatchedSource implements ReportSource {
  readonly name: string;
  readonly size: number;
  readonly #source: ReportSource;
  readonly #sha256: string;
  #bytesRead = 0;
  #changed = false;

  /** @param sha256 hex, of the first pass */
  constructor(source: ReportSource, sha256: string) {
    this.name = source.name;
    this.size = source.size;
    this.#source = source;
    this.#sha256 = sha256;
  }

  /** Somebody wrote to the file between the two passes. */
  get changed(): boolean {
    return this.#changed;
  }

  get bytesRead(): number {
    return this.#bytesRead;
  }

  *chunks(): Generator<Uint8Array> {
    const hash = createHash('sha256');
    let read = 0;
    for (const chunk of this.#source.chunks()) {
      hash.update(chunk);
      read += chunk.length;
      this.#bytesRead = Math.max(this.#bytesRead, read);
      yield chunk;
    }
    // Only who reads to the end comes here: a look at the beginning says nothing.
    if (hash.digest('hex') !== this.#sha256) this.#changed = true;
  }
}
