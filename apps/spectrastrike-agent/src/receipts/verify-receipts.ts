import type { State } from '../state/open-state.ts';
import type { Fetched } from '../witness/audit-client.ts';
import { createTreeReader } from '../witness/tree-reader.ts';
import { type WitnessParts, witnessGateway, witnessWith } from '../witness/witness-gateway.ts';
import type { WitnessOutcome } from '../witness/witness-outcome.ts';
import {
  countReceipts,
  type DeliveredReceipt,
  pageOfReceipts,
  type ReceiptFinding,
  type ReceiptSelection,
  recordFindings,
} from './receipt-store.ts';
import { readServedReceipt, type ServedReceipt, verifyOne } from './verify-one.ts';
import { type PageFault, verifyPage } from './verify-page.ts';

/** Receipts in memory at once. Those of a batch lie next to each other, so a page takes few tiles. */
const PAGE = 2048;

export interface ReceiptSummary {
  /** Size of the witnessed checkpoint. */
  readonly size: number;
  readonly verified: number;
  readonly pending: number;
  readonly failed: number;
  /** Unix milliseconds at which the oldest pending one was delivered; null: none is pending. */
  readonly oldestPendingMs: number | null;
  /** The first in the order of arrival. */
  readonly firstFailure: {
    readonly delivered: DeliveredReceipt;
    readonly finding: Extract<ReceiptFinding, { kind: 'failed' }>;
  } | null;
  /** What stopped the verification before its end; null: nothing did. */
  readonly fault: PageFault | null;
  /** Of a single event: whether its entry was opened to this very event. */
  readonly opened: boolean;
}

export type ReceiptsVerified =
  | { readonly ok: true; readonly summary: ReceiptSummary; readonly witnessed: WitnessOutcome }
  /** There is no witnessed tree to verify against. */
  | { readonly ok: false; readonly witnessed: Exclude<WitnessOutcome, { kind: 'witnessed' }> };

export interface VerifyOptions {
  readonly selection: ReceiptSelection;
  readonly onProgress: (done: number, total: number) => void;
  readonly signal: AbortSignal;
}

/** Witness, then confirm receipts against the tree of that checkpoint, page by page, each recorded as it is done. */
export async function verifyReceipts(parts: WitnessParts, options: VerifyOptions): Promise<ReceiptsVerified> {
  const witnessed = await witnessGateway(parts);
  if (witnessed.kind !== 'witnessed') return { ok: false, witnessed };
  const { state, client, now } = parts;
  const { selection } = options;
  const { origin } = witnessed;
  const total = state.read(() => countReceipts(state.db, selection));
  const read = createTreeReader(client, witnessed.size);
  const tally = new Tally(witnessed.size);
  for (let after = 0, done = 0; !options.signal.aborted; ) {
    const page = state.read(() => pageOfReceipts(state.db, selection, after, PAGE));
    const last = page.at(-1);
    if (last === undefined) break;
    after = last.seq;
    const verified = await verifyPage({ client, read, origin, head: witnessed }, page);
    if (!verified.ok) return { ok: true, witnessed, summary: tally.summary(verified.fault) };
    record(state, page, verified.findings, now());
    tally.add(page, verified.findings);
    done += page.length;
    options.onProgress(done, total);
  }
  return { ok: true, witnessed, summary: tally.summary(null) };
}

/**
 * One event's receipt, by the proof that the gateway serves for its request. Where that answer proves nothing, tiles
 * decide; where the answer's checkpoint is a newer one, it is witnessed first like every other.
 */
export async function verifyReceiptOf(
  parts: WitnessParts,
  delivered: DeliveredReceipt,
  options: VerifyOptions,
): Promise<ReceiptsVerified> {
  const { requestId } = delivered;
  if (requestId === null) return verifyReceipts(parts, options);
  let served: ServedReceipt | null = null;
  const fetch = async (): Promise<Fetched<string>> => {
    const fetched = await parts.client.receipt(requestId);
    // Absent: the log knows no such request, or has no tree yet; the checkpoint and its tiles tell which.
    if (!fetched.ok) return fetched.absent ? parts.client.checkpoint() : fetched;
    served = readServedReceipt(fetched.value);
    const note = served?.checkpoint ?? null;
    return note === null ? parts.client.checkpoint() : { ok: true, value: note };
  };
  const witnessed = await witnessWith(parts, fetch);
  if (witnessed.kind !== 'witnessed') return { ok: false, witnessed };
  const one = served === null ? null : verifyOne(delivered, served, witnessed, witnessed.origin);
  if (one === null) return verifyReceipts(parts, options);
  record(parts.state, [delivered], [one.finding], parts.now());
  const tally = new Tally(witnessed.size);
  tally.add([delivered], [one.finding]);
  return { ok: true, witnessed, summary: { ...tally.summary(null), opened: one.opened } };
}

function record(
  state: State,
  page: readonly DeliveredReceipt[],
  findings: readonly ReceiptFinding[],
  nowMs: number,
): void {
  const bySeq = new Map(page.map((one) => [one.seq, one]));
  state.transaction(() => recordFindings(state.db, bySeq, findings, nowMs));
}

class Tally {
  readonly #size: number;
  #verified = 0;
  #pending = 0;
  #failed = 0;
  #oldestPendingMs: number | null = null;
  #first: ReceiptSummary['firstFailure'] = null;

  constructor(size: number) {
    this.#size = size;
  }

  add(page: readonly DeliveredReceipt[], findings: readonly ReceiptFinding[]): void {
    const bySeq = new Map(page.map((one) => [one.seq, one]));
    for (const finding of findings) {
      const delivered = bySeq.get(finding.seq);
      if (finding.kind === 'verified') this.#verified += 1;
      if (finding.kind === 'pending') this.#addPending(delivered?.deliveredAtMs ?? null);
      if (finding.kind !== 'failed' || delivered === undefined) continue;
      this.#failed += 1;
      const first = this.#first;
      if (first === null || finding.seq < first.finding.seq) this.#first = { delivered, finding };
    }
  }

  summary(fault: PageFault | null): ReceiptSummary {
    return {
      size: this.#size,
      verified: this.#verified,
      pending: this.#pending,
      failed: this.#failed,
      oldestPendingMs: this.#oldestPendingMs,
      firstFailure: this.#first,
      fault,
      opened: false,
    };
  }

  #addPending(deliveredAtMs: number | null): void {
    this.#pending += 1;
    if (deliveredAtMs === null) return;
    this.#oldestPendingMs = Math.min(deliveredAtMs, this.#oldestPendingMs ?? deliveredAtMs);
  }
}
