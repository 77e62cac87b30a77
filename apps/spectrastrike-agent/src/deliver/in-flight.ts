import type { SpooledEvent } from '../spool/types.ts';

interface Request {
  readonly laneId: number;
  readonly events: readonly SpooledEvent[];
}

/**
 * What is on its way and not settled yet. Room is counted in requests, because that is what a window of the gateway
 * and a connection of ours hold; a batch of a thousand events takes one place.
 */
export class InFlight {
  readonly #requests = new Set<Request>();
  readonly #seqs = new Set<number>();

  /** Returns what ends it. */
  add(laneId: number, events: readonly SpooledEvent[]): () => void {
    const request = { laneId, events };
    this.#requests.add(request);
    for (const { seq } of events) this.#seqs.add(seq);
    return () => {
      this.#requests.delete(request);
      for (const { seq } of events) this.#seqs.delete(seq);
    };
  }

  /** Events on their way; in the spool they are pending still. */
  get seqs(): ReadonlySet<number> {
    return this.#seqs;
  }

  get requests(): number {
    return this.#requests.size;
  }

  requestsOf(laneId: number): number {
    return this.#count((request) => request.laneId === laneId);
  }

  get batches(): number {
    return this.#count((request) => request.events.length > 1);
  }

  #count(counts: (request: Request) => boolean): number {
    let count = 0;
    for (const request of this.#requests) if (counts(request)) count += 1;
    return count;
  }
}
