import { isObject, parseObject } from '@nyxera/federation-protocol/audit-proof';
import type { Queryable } from '../store/database.ts';
import { LOG_EXTENT, PRUNING_BEYOND } from '../store/sql/read-audit.ts';
import type { AuditFault } from './audit-fault.ts';
import type { AuditRow } from './check-entry.ts';

export interface PruningChecker {
  /** Entries in order, each of them checked by itself before. null: nothing is wrong yet. */
  see(row: AuditRow): AuditFault | null;
  /** The first `size` entries were seen: whatever of them was pruned must have been explained. */
  finish(size: number): Promise<AuditFault | null>;
  /** Pruned entries so far. */
  pruned(): number;
}

interface Tally {
  count: number;
  readonly first: number;
}

/**
 * Whether each pruned entry was pruned by somebody who said so: `pruned_by` names an entry `retention.prune` that is in
 * the log after it, and that entry's count is what is missing. Whoever empties an entry by hand leaves none, or a
 * wrong count. Keeps a number for each pruning that it has not come to yet.
 */
export function createPruningChecker(db: Queryable): PruningChecker {
  const open = new Map<string, Tally>();
  let last: number | null = null;
  let pruned = 0;

  return {
    see: (row) => {
      if (row.pruned_by !== null) {
        const tally = open.get(row.pruned_by) ?? { count: 0, first: row.sequence };
        tally.count += 1;
        open.set(row.pruned_by, tally);
        last = row.sequence;
        pruned += 1;
        return null;
      }
      const said = prunedCountOf(row);
      if (said === null) return null;
      const tally = open.get(row.request_id);
      open.delete(row.request_id);
      const found = tally?.count ?? 0;
      if (found === said) return null;
      const detail = `entry ${row.sequence} says that it pruned ${said} entries, and ${found} before it name it`;
      return faultAt(tally?.first ?? row.sequence, detail);
    },
    finish: async (size) => {
      for (const [request, { first }] of open) {
        // Pruned while the log was read: the entry that says so is beyond what was read.
        const [row] = await db.query<{ beyond: boolean }>(PRUNING_BEYOND, [request, size]);
        if (row?.beyond !== true) return faultAt(first, 'it was pruned, and no later entry says so');
      }
      if (last === null) return null;
      const [extent] = await db.query<{ signed: number }>(LOG_EXTENT);
      if (last < (extent?.signed ?? 0)) return null;
      return faultAt(
        last,
        'it was pruned, and no checkpoint was signed over it: nothing vouches for its hash',
      );
    },
    pruned: () => pruned,
  };
}

/** How many entries an entry says that it pruned; null: it is about something else. */
function prunedCountOf(row: AuditRow): number | null {
  if (row.action !== 'retention.prune') return null;
  // Its disclosure is never erased (migration 12), and was compared with the entry's commitment.
  const subject = parseObject(row.disclosure)?.subject;
  const text = isObject(subject) && typeof subject.value === 'string' ? subject.value : '';
  const said = parseObject(text);
  if (said === null) return Number.NaN;
  if (said.erases !== 'entry') return null;
  return typeof said.count === 'number' ? said.count : Number.NaN;
}

function faultAt(sequence: number, detail: string): AuditFault {
  return { sequence, kind: 'wrong_pruning', place: `entry ${sequence}`, detail };
}
