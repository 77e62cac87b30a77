import { canonicalizeCompat } from '@nyxera/federation-protocol';
import type { Fault, NewEvent } from './types.ts';

/** The ids of some events that were read one after another: one id never stands for two contents. */
export class KnownIds {
  readonly #known = new Map<string, { readonly event: NewEvent; readonly where: string }>();

  /**
   * `repeat`: the same once more, which the spool knows; a fault: an id that another content has already. The first
   * one stands.
   */
  judge(event: NewEvent, where: string): 'new' | 'repeat' | Fault {
    const known = this.#known.get(event.eventId);
    if (known === undefined) {
      this.#known.set(event.eventId, { event, where });
      return 'new';
    }
    if (canonicalizeCompat(known.event.payload) === canonicalizeCompat(event.payload)) return 'repeat';
    const expected = `an event_id of its own: ${known.where} uses this one for another content`;
    return { code: 'event_id_repeated', where: `${where}, event_id`, expected };
  }

  clear(): void {
    this.#known.clear();
  }
}
