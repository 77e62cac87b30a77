import { MAX_BATCH_ITEMS } from '@nyxera/federation-protocol';
import type { BatchSupport } from '../spool/batches.ts';
import type { Spool } from '../spool/spool.ts';
import type { DeliveryLogger } from './types.ts';

/** A gateway's first batch stays under this, bytes: a peer that has no batches may read all of it (section 6). */
export const FIRST_BATCH_BYTES = 64 * 1024;
/**
 * However much a gateway takes (8 MiB, section 6), bytes. A batch is held several times over while it is read, joined,
 * encoded, signed and encrypted: with 2.4 MB the drain of a full spool took 330 MB of memory, with this 160. It is
 * about 400 events of 2.4 KB, and batches of 100 already reach nine tenths of the rate of batches of 1000.
 */
export const LARGEST_BATCH_BYTES: number = 1024 * 1024;
/** Room for the envelope around the items: names of 128 code points, six bytes or more each when escaped. */
const ENVELOPE_BYTES = 8 * 1024;
/** After a peer was found to have no batches it is asked again once a day. */
export const SINGLES_MS = 24 * 60 * 60 * 1000;
/** Items of a batch that is made of events which were in a batch that failed; those that fail again go singly. */
const SECOND_CHANCE_ITEMS = 16;
/** One is with the gateway, and the next is read meanwhile. More would only take memory. */
const BATCHES_IN_FLIGHT = 2;
/** Batches refused as a whole, one after the other, before it is the batches that are taken for the fault. */
const REFUSALS_OF_AN_UNKNOWN = 3;
const REFUSALS_OF_A_KNOWN = 10;

export interface BatchSize {
  readonly maxEvents: number;
  readonly maxBytes: number;
}

/**
 * How large a batch to one gateway may be. It starts with 64 KiB, doubles with each batch that is taken, up to
 * LARGEST_BATCH_BYTES, and halves where the gateway is slow, limits the rate or finds it too large. The size is
 * learnt anew by every process; whether the gateway takes batches at all is remembered in the spool.
 */
export class BatchSizing {
  readonly #spool: Spool;
  readonly #gateway: string;
  readonly #logger: DeliveryLogger;
  #known: BatchSupport;
  #maxBytes = FIRST_BATCH_BYTES;
  #maxEvents = MAX_BATCH_ITEMS;
  #refusals = 0;
  #inFlight = 1;

  constructor(spool: Spool, gateway: string, logger: DeliveryLogger) {
    this.#spool = spool;
    this.#gateway = gateway;
    this.#logger = logger;
    this.#known = spool.batchSupport(gateway);
  }

  /** One at a time until this process saw one taken, and after whatever was not taken. */
  get batchesInFlight(): number {
    return this.#inFlight;
  }

  /** For events with so many attempts behind them; null: they go singly. */
  size(attempts: number, nowMs: number): BatchSize | null {
    const until = this.#known.singlesUntilMs;
    // A mark further away than a day was made by another clock.
    if (until !== null && nowMs < until && until - nowMs <= SINGLES_MS) return null;
    if (attempts > 1) return null;
    const maxEvents = attempts === 0 ? this.#maxEvents : Math.min(SECOND_CHANCE_ITEMS, this.#maxEvents);
    return { maxEvents, maxBytes: this.#maxBytes - ENVELOPE_BYTES };
  }

  taken(): void {
    this.#refusals = 0;
    this.#inFlight = BATCHES_IN_FLIGHT;
    this.#maxBytes = Math.min(LARGEST_BATCH_BYTES, this.#maxBytes * 2);
    this.#maxEvents = Math.min(MAX_BATCH_ITEMS, this.#maxEvents * 2);
    if (!this.#known.supported) this.#remember({ supported: true, singlesUntilMs: null });
  }

  /** 429, 5xx, a connection that broke: fewer at a time. */
  slowed(): void {
    this.#inFlight = 1;
    this.#maxEvents = Math.max(2, Math.floor(this.#maxEvents / 2));
  }

  /** 413 for so many bytes. */
  tooLarge(bytes: number, code: string, nowMs: number): void {
    this.#inFlight = 1;
    if (this.#known.supported && bytes > FIRST_BATCH_BYTES) {
      this.#maxBytes = Math.max(FIRST_BATCH_BYTES, Math.floor(bytes / 2));
    } else this.notTaken(code, nowMs);
  }

  /** A refusal of the whole that may be one event's fault, or the peer's way to say that it has no batches. */
  refused(code: string, nowMs: number): void {
    this.#inFlight = 1;
    this.#refusals += 1;
    const patience = this.#known.supported ? REFUSALS_OF_A_KNOWN : REFUSALS_OF_AN_UNKNOWN;
    if (this.#refusals >= patience) this.notTaken(code, nowMs);
  }

  /** The gateway has no batches: singly, for a day. */
  notTaken(code: string, nowMs: number): void {
    this.#refusals = 0;
    this.#inFlight = 1;
    this.#maxBytes = FIRST_BATCH_BYTES;
    this.#maxEvents = MAX_BATCH_ITEMS;
    this.#remember({ supported: false, singlesUntilMs: nowMs + SINGLES_MS });
    this.#logger.info('the gateway takes no batches: events are sent singly', {
      gateway: this.#gateway,
      code,
    });
  }

  #remember(support: BatchSupport): void {
    this.#known = support;
    this.#spool.saveBatchSupport(this.#gateway, support);
  }
}
