import { createHash } from 'node:crypto';
import type { Violation } from './check-history.ts';
import type { Ledger } from './ledger.ts';

/**
 * The log has every number from 0 once, ends where its head says, each leaf is the RFC 9162 hash of its own entry,
 * each entry says its own number and request, and nothing that was seen before is missing or different.
 */
export function* checkAudit(ledger: Ledger, earlier: ReadonlyMap<number, string>): Generator<Violation> {
  let expected = 0;
  const leaves = new Map<number, string>();
  for (const row of ledger.audit) {
    if (row.sequence < expected) {
      yield { rule: 'audit-fork', detail: `sequence ${row.sequence} occurs twice` };
    } else if (row.sequence > expected) {
      yield { rule: 'audit-gap', detail: `sequence ${expected} to ${row.sequence - 1} is missing` };
    }
    expected = row.sequence + 1;
    leaves.set(row.sequence, row.leafHash);
    if (leafHash(row.entry) !== row.leafHash) {
      yield { rule: 'audit-fork', detail: `the leaf of ${row.sequence} is not the hash of its entry` };
    }
    const told = readEntry(row.entry);
    if (told === null || told.sequence !== row.sequence || told.request_id !== row.requestId) {
      yield { rule: 'audit-fork', detail: `the entry of ${row.sequence} is another one's` };
    } else if (told.code !== row.code || told.action !== row.action) {
      yield { rule: 'audit-fork', detail: `the columns of ${row.sequence} contradict its entry` };
    }
  }
  if (ledger.auditSize !== expected) {
    yield { rule: 'audit-gap', detail: `the head says ${ledger.auditSize}, the log ends at ${expected}` };
  }
  for (const [sequence, leaf] of earlier) {
    const now = leaves.get(sequence);
    if (now === undefined)
      yield { rule: 'audit-gap', detail: `sequence ${sequence} was there and is missing` };
    else if (now !== leaf)
      yield { rule: 'audit-fork', detail: `sequence ${sequence} was rewritten since it was read` };
  }
}

function leafHash(entry: string): string {
  return createHash('sha256')
    .update(Buffer.concat([Buffer.of(0), Buffer.from(entry, 'utf8')]))
    .digest('hex');
}

function readEntry(entry: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(entry);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
