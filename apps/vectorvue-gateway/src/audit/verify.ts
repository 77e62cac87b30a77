import type { Database } from '../store/database.ts';
import { AUDIT_HEAD, AUDIT_PAGE } from '../store/sql/read-audit.ts';
import { type AuditRow, checkEntry, type EntryFault } from './check-entry.ts';

export interface AuditFault {
  /** Where the log is first wrong. */
  readonly sequence: number;
  readonly kind: EntryFault['kind'] | 'gap' | 'head_size_mismatch';
  readonly detail: string;
}

export type AuditVerification =
  | { readonly ok: true; readonly size: number; readonly undisclosed: number }
  | { readonly ok: false; readonly size: number; readonly fault: AuditFault };

/** Called after each page: entries verified so far, and how many there are. */
export type AuditProgress = (verified: number, size: number) => void;

const PAGE = 1_000;

/**
 * Reads the whole log as it was when the call began, in pages, and stops at the first fault: a sequence that is
 * missing, an entry whose leaf hash is another or whose columns say something else, a disclosure that is not what
 * the entry committed to, a head that does not count the entries.
 *
 * What it does not prove: that somebody with the owner's rights has not rewritten an entry and its hash together.
 * That is for the tree and its witness (a later issue). Needs a role that sees all tenants.
 */
export async function verifyAuditLog(db: Database, onProgress?: AuditProgress): Promise<AuditVerification> {
  const [head] = await db.query<{ size: number; beyond: number }>(AUDIT_HEAD);
  const size = head?.size ?? 0;
  let undisclosed = 0;
  let next = 0;
  while (next < size) {
    const page = await db.query<AuditRow>(AUDIT_PAGE, [next, size, PAGE]);
    for (const row of page) {
      if (row.sequence !== next)
        return missing(size, next, `the next entry there is has sequence ${row.sequence}`);
      const checked = checkEntry(row);
      if (!checked.ok) return { ok: false, size, fault: { sequence: next, ...checked.fault } };
      undisclosed += checked.undisclosed;
      next += 1;
    }
    if (page.length === 0) return missing(size, next, 'no further entry is there');
    onProgress?.(next, size);
  }
  if (head === undefined || head.beyond > 0) {
    const detail = `the head counts ${size} entries, and ${head?.beyond ?? 0} more are there`;
    return { ok: false, size, fault: { sequence: size, kind: 'head_size_mismatch', detail } };
  }
  return { ok: true, size, undisclosed };
}

function missing(size: number, sequence: number, found: string): AuditVerification {
  const detail = `entry ${sequence} is missing: the head counts ${size}, and ${found}`;
  return { ok: false, size, fault: { sequence, kind: 'gap', detail } };
}
