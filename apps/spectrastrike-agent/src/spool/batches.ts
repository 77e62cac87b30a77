import type { DatabaseSync } from 'node:sqlite';
import { iterateNext } from './next-events.ts';
import type { SpooledEvent } from './types.ts';

/** What a gateway made of batches, as far as is known. */
export interface BatchSupport {
  readonly supported: boolean;
  /** Unix milliseconds; null where nothing speaks against asking. */
  readonly singlesUntilMs: number | null;
}

export interface NextBatch {
  /** Never tried, or tried and due; the two never share a batch. */
  readonly kind: 'first' | 'retry';
  /** Unix milliseconds. */
  readonly nowMs: number;
  readonly maxEvents: number;
  /** Bytes of payload and hash together, as `bytesInBatch` counts them. */
  readonly maxBytes: number;
  readonly exclude: ReadonlySet<number>;
}

const ITEM_OVERHEAD = '{"execution_hash":"","payload":},'.length;

/** What an event takes in the body of a batch; its texts are ASCII, so characters are bytes. */
export function bytesInBatch(event: Pick<SpooledEvent, 'payload' | 'executionHash'>): number {
  return event.payload.length + event.executionHash.length + ITEM_OVERHEAD;
}

/**
 * The longest run of events, in the order in which they may leave, that one envelope can hold: one campaign, one
 * count of attempts, within the limits. Rows are read one by one, so that a spool of large events costs what is
 * taken of it. An event that is larger than the limit is a run of its own.
 */
export function nextBatch(db: DatabaseSync, laneId: number, query: NextBatch): SpooledEvent[] {
  const batch: SpooledEvent[] = [];
  let bytes = 0;
  for (const event of iterateNext(db, laneId, { ...query, limit: query.maxEvents })) {
    bytes += bytesInBatch(event);
    const first = batch[0] ?? event;
    const same = event.campaignId === first.campaignId && event.attempts === first.attempts;
    if (batch.length > 0 && (!same || bytes > query.maxBytes)) break;
    batch.push(event);
  }
  return batch;
}

export function readBatchSupport(db: DatabaseSync, gateway: string): BatchSupport {
  const row = db
    .prepare('SELECT supported, singles_until_ms FROM gateway_batches WHERE gateway = ?')
    .get(gateway);
  const until = row?.singles_until_ms ?? null;
  return { supported: row?.supported === 1, singlesUntilMs: until === null ? null : Number(until) };
}

export function writeBatchSupport(db: DatabaseSync, gateway: string, support: BatchSupport): void {
  db.prepare(
    'INSERT OR REPLACE INTO gateway_batches (gateway, supported, singles_until_ms) VALUES (?, ?, ?)',
  ).run(gateway, support.supported ? 1 : 0, support.singlesUntilMs);
}
