import { parseObject } from '@nyxera/federation-protocol/audit-proof';
import type { AuditRow } from '../audit/check-entry.ts';
import { levelOf } from '../audit/classify.ts';
import type { Queryable } from '../store/database.ts';
import { AUDIT_PAGE } from '../store/sql/read-audit.ts';
import type { ForwardEntry } from './entry.ts';

export type PageResult =
  | { readonly ok: true; readonly entries: readonly ForwardEntry[] }
  /** Entry `sequence` is not there although the head counts it. */
  | { readonly ok: false; readonly missing: number };

/**
 * Up to `limit` entries from `from` on, below `size`, which was read before. What is visible is a prefix of the log
 * (the lock of its head orders the commits), so a hole means that somebody took an entry away: skipping it would hide
 * that, and whoever forwards must not.
 */
export async function readPage(
  db: Queryable,
  from: number,
  size: number,
  limit: number,
): Promise<PageResult> {
  if (from >= size) return { ok: true, entries: [] };
  const rows = await db.query<AuditRow>(AUDIT_PAGE, [from, size, limit]);
  const entries: ForwardEntry[] = [];
  for (const row of rows) {
    const expected = from + entries.length;
    if (row.sequence !== expected) return { ok: false, missing: expected };
    entries.push(toForwardEntry(row));
  }
  const awaited = Math.min(size - from, limit);
  return entries.length < awaited ? { ok: false, missing: from + entries.length } : { ok: true, entries };
}

/** What stands for code and action of an entry that was erased before it was handed on; its id is the leaf hash still. */
export const PRUNED = 'pruned';

/** A row of the log as it is handed on. */
export function toForwardEntry(row: AuditRow): ForwardEntry {
  // Entry and disclosure may have been erased or tampered with; that must not stop what comes after them.
  const disclosed = parseObject(row.disclosure) ?? {};
  const { evidence_sha256: evidence } = parseObject(row.entry) ?? {};
  const isPruned = row.pruned_by !== null;
  return {
    sequence: row.sequence,
    id: Buffer.from(row.leaf_hash).toString('hex'),
    requestId: row.request_id,
    recordedAt: row.recorded_at,
    class: row.class,
    code: isPruned ? PRUNED : row.code,
    level: levelOf(row.class, row.code),
    action: isPruned ? PRUNED : row.action,
    actor: row.actor,
    tenantId: row.tenant_id,
    operatorId: disclosedValue(disclosed.operator_id),
    subject: disclosedValue(disclosed.subject),
    kid: row.kid,
    peerSha256: row.peer_sha256,
    clientAddress: disclosedValue(disclosed.client_address),
    evidenceSha256: typeof evidence === 'string' ? evidence : null,
    text: row.entry,
  };
}

/** null: nothing there, or erased. The salt stays here: it is disclosed in a proof only. */
function disclosedValue(member: unknown): string | null {
  if (typeof member !== 'object' || member === null || !('value' in member)) return null;
  return typeof member.value === 'string' ? member.value : null;
}
