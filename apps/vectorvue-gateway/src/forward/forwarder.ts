import { setTimeout as sleep } from 'node:timers/promises';
import { describeFault, type Logger } from '../logging.ts';
import type { Queryable } from '../store/database.ts';
import { StoreError, sqlState } from '../store/store-error.ts';
import type { Cursor, Cursors } from './cursor.ts';
import type { Doorbell } from './doorbell.ts';
import { findFindings } from './find-findings.ts';
import { type Batch, type BatchSettings, makeBatches } from './make-batches.ts';
import { readPage } from './read-page.ts';
import { type RetrySettings, retryDelayMs } from './retry-delay.ts';
import { type ForwardErrorCode, failed, type Sender, type SendFailure } from './sender.ts';

export interface ForwarderSettings extends BatchSettings {
  readonly name: string;
  readonly start: 'beginning' | 'end';
  readonly retry: RetrySettings;
}

export interface ForwarderParts {
  readonly settings: ForwarderSettings;
  readonly sender: Sender;
  /** The connection that the cursors are on, which is nobody else's: ingestion never waits for it. */
  readonly db: Queryable;
  readonly cursors: Cursors;
  readonly doorbell: Doorbell;
  readonly logger: Pick<Logger, 'info' | 'warn'>;
  /** Unix milliseconds. */
  now(): number;
  /** 0 to 1, for jitter. */
  random(): number;
  readonly onAttempt: (outcome: string, entries: number) => void;
  /** Without a ring it is looked this often, milliseconds. Default 1,000. */
  readonly pollMs?: number;
}

/** Entries read at once, at least; what the filter leaves out is skipped in pages of this. */
const PAGE = 500;
const POLL_MS = 1_000;
/** After a ring: what comes meanwhile goes with it, or every commit would make a delivery and a cursor of its own. */
const GATHER_MS = 50;
/** How long what is on its way may take when the process ends. Milliseconds. */
const STOP_PATIENCE_MS = 3_000;

type Round =
  | { readonly kind: 'more' }
  | { readonly kind: 'idle'; readonly waitMs: number }
  | { readonly kind: 'failed'; readonly failure: SendFailure };

const MORE: Round = { kind: 'more' };

/**
 * Brings the audit log to one destination: at least once, in order, from the stored cursor on, for as long as it
 * takes. Only what the receiver is known to have moves the cursor. After any failure it begins again at the cursor.
 */
export class Forwarder {
  readonly #parts: ForwarderParts;
  readonly #pollMs: number;
  readonly #pageSize: number;
  /** How far this process has handed on; ahead of the cursor by what is not confirmed. */
  #sent: { readonly generation: number; next: number } | null = null;
  #unconfirmed: { entries: number; readonly sinceMs: number } | null = null;
  #failures = 0;

  constructor(parts: ForwarderParts) {
    this.#parts = parts;
    this.#pollMs = parts.pollMs ?? POLL_MS;
    this.#pageSize = Math.max(PAGE, parts.settings.batch.max_records);
  }

  /** Until aborted. Never throws. What is on its way then is confirmed, if the receiver is quick about it. */
  async run(signal: AbortSignal): Promise<void> {
    const { doorbell, cursors, settings, sender } = this.#parts;
    const giveUp = (): void => void setTimeout(() => sender.reset(), STOP_PATIENCE_MS).unref();
    signal.addEventListener('abort', giveUp, { once: true });
    while (!signal.aborted) {
      const seen = doorbell.rings();
      const round = await this.#round(signal).catch((fault: unknown) => this.#thrown(fault));
      if (round.kind === 'idle') {
        await doorbell.wait(seen, round.waitMs, signal);
        await sleep(GATHER_MS, undefined, { signal }).catch(() => undefined);
      }
      if (round.kind === 'failed') await this.#fail(round.failure, signal);
    }
    await this.#confirm().catch(() => undefined);
    await sender.close().catch(() => undefined);
    await cursors.release(settings.name).catch(() => undefined);
  }

  /** One look at the log, and one page of it. */
  async #round(signal: AbortSignal): Promise<Round> {
    const { cursors, settings, db } = this.#parts;
    const cursor = await cursors.take(settings.name, settings.start === 'beginning' ? 0 : null);
    if (cursor === null) {
      this.#forget();
      return { kind: 'idle', waitMs: this.#pollMs };
    }
    const sent = this.#resume(cursor);
    if (sent.next > cursor.size) {
      return failure('cursor_beyond_log', `the cursor is at ${sent.next}, the log ends at ${cursor.size}`);
    }
    const page = await readPage(db, sent.next, cursor.size, this.#pageSize);
    if (!page.ok) return failure('audit_gap', `entry ${page.missing} is not in the log`);
    const findings = settings.format === 'ocsf' ? await findFindings(db, page.entries) : new Map();
    for (const batch of makeBatches(settings, page.entries, findings)) {
      if (signal.aborted) return MORE;
      const round = await this.#deliver(batch);
      if (round !== null) return round;
    }
    return this.#confirmWhenDue(page.entries.length === this.#pageSize);
  }

  /** Where to go on: where this process is, unless the cursor says otherwise. */
  #resume(cursor: Cursor): { readonly generation: number; next: number } {
    const { generation, next } = cursor;
    const isOurs = this.#sent?.generation === generation;
    if (this.#sent !== null && isOurs && (this.#unconfirmed !== null || this.#sent.next === next))
      return this.#sent;
    this.#forget();
    this.#sent = { generation, next };
    return this.#sent;
  }

  /** null: go on with the next batch. */
  async #deliver(batch: Batch): Promise<Round | null> {
    const { sender, onAttempt, now } = this.#parts;
    if (batch.records.length > 0) {
      const result = await sender.send(batch.records);
      if (!result.ok) return { kind: 'failed', failure: result };
    }
    if (this.#sent !== null) this.#sent.next = batch.next;
    if (sender.confirms === null || (batch.records.length === 0 && this.#unconfirmed === null)) {
      if (batch.records.length > 0) onAttempt('delivered', batch.entries);
      return (await this.#advance(batch.entries)) ? null : MORE;
    }
    this.#unconfirmed ??= { entries: 0, sinceMs: now() };
    this.#unconfirmed.entries += batch.entries;
    return sender.unconfirmedBytes() < sender.confirms.afterBytes ? null : this.#confirm();
  }

  async #confirmWhenDue(isMore: boolean): Promise<Round> {
    const { sender, now } = this.#parts;
    if (this.#unconfirmed === null || sender.confirms === null) {
      return isMore ? MORE : { kind: 'idle', waitMs: this.#pollMs };
    }
    const waitMs = this.#unconfirmed.sinceMs + sender.confirms.afterMs - now();
    if (waitMs <= 0) return (await this.#confirm()) ?? MORE;
    return isMore ? MORE : { kind: 'idle', waitMs: Math.min(waitMs, this.#pollMs) };
  }

  /** null: everything that was handed on is the receiver's, and the cursor says so. */
  async #confirm(): Promise<Round | null> {
    if (this.#unconfirmed === null) return null;
    const { entries } = this.#unconfirmed;
    const result = await this.#parts.sender.confirm();
    if (!result.ok) return { kind: 'failed', failure: result };
    this.#unconfirmed = null;
    this.#parts.onAttempt('delivered', entries);
    return (await this.#advance(entries)) ? null : MORE;
  }

  /** False: the turn was lost or the cursor rewound; what was sent is forgotten, and sent again by whoever is next. */
  async #advance(entries: number): Promise<boolean> {
    const { cursors, settings, logger } = this.#parts;
    const sent = this.#sent;
    if (sent === null || !(await cursors.advance(settings.name, sent.generation, sent.next, entries))) {
      this.#forget();
      return false;
    }
    if (this.#failures > 0) logger.info('forward.recovered', { destination: settings.name });
    this.#failures = 0;
    return true;
  }

  /** Only an advance ends a series of failures: a receiver that takes everything and confirms nothing is failing. */
  async #fail(result: SendFailure, signal: AbortSignal): Promise<void> {
    const { cursors, settings, logger, onAttempt, random } = this.#parts;
    this.#forget();
    this.#failures += 1;
    const delayMs = retryDelayMs(this.#failures, settings.retry, random, result.retryAfterMs);
    const { code, detail } = result;
    onAttempt(code, 0);
    logger.warn('forward.failed', {
      destination: settings.name,
      code,
      detail,
      failures: this.#failures,
      retry_in_ms: delayMs,
    });
    // With the store away there is nowhere to note it; the log has it.
    await cursors.noteFailure(settings.name, code, detail).catch(() => undefined);
    await sleep(delayMs, undefined, { signal }).catch(() => undefined);
  }

  #thrown(fault: unknown): Round {
    if (fault instanceof StoreError || sqlState(fault) !== null) {
      return failure('store_failed', fault instanceof StoreError ? fault.code : (sqlState(fault) ?? ''));
    }
    this.#parts.logger.warn('forward.fault', {
      destination: this.#parts.settings.name,
      ...describeFault(fault),
    });
    return failure('internal', 'see the log of the gateway');
  }

  #forget(): void {
    this.#parts.sender.reset();
    this.#sent = null;
    this.#unconfirmed = null;
  }
}

function failure(code: ForwardErrorCode, detail: string): Round {
  return { kind: 'failed', failure: failed(code, detail) };
}
