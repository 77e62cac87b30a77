import type { DatabaseSync } from 'node:sqlite';
import { appendSecurityEntry } from '../security-log.ts';

/** A delivered event with what the gateway gave for it. */
export interface DeliveredReceipt {
  readonly seq: number;
  readonly eventId: string;
  readonly gateway: string;
  readonly operatorId: string;
  /** Verbatim. */
  readonly tenantId: string;
  /** JSON text as it was kept; null: the gateway gave none. */
  readonly receipt: string | null;
  readonly requestId: string | null;
  /** Unix milliseconds. */
  readonly deliveredAtMs: number | null;
  /** Size of the witnessed checkpoint in which it was found; null: not verified yet. */
  readonly verifiedSize: number | null;
  /** Why it was not found, at the last try. */
  readonly code: string | null;
}

/** Which of a gateway's delivered events. */
export interface ReceiptSelection {
  readonly gateway: string;
  readonly eventId?: string | undefined;
  /** Only those that were never found in the log. */
  readonly unverifiedOnly: boolean;
}

const FROM = `FROM events e JOIN lanes l USING (lane_id)
  WHERE e.state = 'delivered' AND (?1 IS NULL OR l.gateway = ?1) AND (?2 IS NULL OR e.event_id = ?2)`;
const COLUMNS = `e.seq, e.event_id, l.gateway, l.operator_id, l.tenant_id, e.receipt, e.gateway_request_id,
  e.delivered_at_ms, e.receipt_verified_size, e.receipt_code`;
const UNVERIFIED = ' AND e.receipt IS NOT NULL AND e.receipt_verified_size IS NULL';
const WITH_RECEIPT = ' AND e.receipt IS NOT NULL';

/** Of one event by the lanes' unique key; the plus keeps SQLite from reading the whole spool in order instead. */
const ONE_EVENT = ' AND e.event_id = ?2 AND +e.seq > ?3 ORDER BY +e.seq LIMIT ?4';
const IN_ORDER = ' AND e.seq > ?3 ORDER BY e.seq LIMIT ?4';

function where(selection: ReceiptSelection): string {
  return `${FROM}${selection.unverifiedOnly ? UNVERIFIED : WITH_RECEIPT}`;
}

export function countReceipts(db: DatabaseSync, selection: ReceiptSelection): number {
  const row = db
    .prepare(`SELECT count(*) AS n ${where(selection)}`)
    .get(selection.gateway, selection.eventId ?? null);
  return Number(row?.n ?? 0);
}

/** In order of arrival, which nearly is that of the log; after `afterSeq`, at most `limit`. */
export function pageOfReceipts(
  db: DatabaseSync,
  selection: ReceiptSelection,
  afterSeq: number,
  limit: number,
): readonly DeliveredReceipt[] {
  return db
    .prepare(`SELECT ${COLUMNS} ${where(selection)}${selection.eventId === undefined ? IN_ORDER : ONE_EVENT}`)
    .all(selection.gateway, selection.eventId ?? null, afterSeq, limit)
    .map(receiptOf);
}

/** Newest first, also those without a receipt. */
export function listReceipts(
  db: DatabaseSync,
  filter: { readonly eventId?: string | undefined; readonly unverifiedOnly: boolean; readonly limit: number },
): readonly DeliveredReceipt[] {
  return db
    .prepare(
      `SELECT ${COLUMNS} ${FROM}${filter.unverifiedOnly ? UNVERIFIED : ''} ORDER BY e.seq DESC LIMIT ?3`,
    )
    .all(null, filter.eventId ?? null, filter.limit)
    .map(receiptOf);
}

/** What was found out about one receipt. `pending`: its entry is not in a signed tree yet. */
export type ReceiptFinding =
  | { readonly kind: 'verified'; readonly seq: number; readonly size: number }
  | { readonly kind: 'pending'; readonly seq: number }
  | { readonly kind: 'failed'; readonly seq: number; readonly code: string; readonly detail: string };

const VERIFIED = `UPDATE events SET receipt_verified_size = ?, receipt_checked_ms = ?, receipt_code = NULL WHERE seq = ?`;
/** A receipt that is found wrong later is no longer verified. A pending one says nothing about before. */
const FAILED = `UPDATE events SET receipt_verified_size = NULL, receipt_checked_ms = ?, receipt_code = ? WHERE seq = ?`;

/** Within a transaction. Each failure is a security event once, until it is another. */
export function recordFindings(
  db: DatabaseSync,
  receipts: ReadonlyMap<number, DeliveredReceipt>,
  findings: readonly ReceiptFinding[],
  nowMs: number,
): void {
  for (const finding of findings) {
    if (finding.kind === 'verified') db.prepare(VERIFIED).run(finding.size, nowMs, finding.seq);
    if (finding.kind !== 'failed') continue;
    const { seq, code, detail } = finding;
    const known = receipts.get(seq);
    db.prepare(FAILED).run(nowMs, code, seq);
    if (known === undefined || known.code === code) continue;
    appendSecurityEntry(db, {
      atMs: nowMs,
      class: 'audit',
      code,
      detail,
      tenantId: known.tenantId.toLowerCase(),
      ref: known.eventId,
    });
  }
}

function receiptOf(row: Record<string, unknown>): DeliveredReceipt {
  return {
    seq: Number(row.seq),
    eventId: String(row.event_id),
    gateway: String(row.gateway),
    operatorId: String(row.operator_id),
    tenantId: String(row.tenant_id),
    receipt: row.receipt === null ? null : String(row.receipt),
    requestId: row.gateway_request_id === null ? null : String(row.gateway_request_id),
    deliveredAtMs: row.delivered_at_ms === null ? null : Number(row.delivered_at_ms),
    verifiedSize: row.receipt_verified_size === null ? null : Number(row.receipt_verified_size),
    code: row.receipt_code === null ? null : String(row.receipt_code),
  };
}
