import { v7 as uuidv7 } from 'uuid';
import { appendAudit } from '../audit/append.ts';
import type { Database } from '../store/database.ts';
import { REWIND_CURSOR, RING } from '../store/sql/forward.ts';
import { describeSubject } from '../trust/trust-audit.ts';

export interface Rewind {
  readonly destination: string;
  /** The entry that is sent next; at most the size of the log. Further on, it skips. */
  readonly to: number;
  readonly reason: string;
  readonly actor: string;
}

/**
 * Moves a cursor, with its audit entry, in one transaction. A forwarder that is at work notices it before its next
 * page, and what it had not confirmed is left. null: no such destination, or the log does not go that far.
 */
export function rewindCursor(db: Database, rewind: Rewind): Promise<{ readonly before: number } | null> {
  const { destination, to } = rewind;
  return db.transaction(async (tx) => {
    const [row] = await tx.query<{ before: number }>(REWIND_CURSOR, [destination, to]);
    if (row === undefined) return null;
    await tx.query(RING);
    await appendAudit(tx, [
      {
        requestId: uuidv7(),
        class: 'administration',
        action: 'forward.rewind',
        actor: rewind.actor,
        code: 'changed',
        subject: describeSubject(`${destination} ${row.before} ${to}`, rewind.reason),
        operatorId: null,
        tenantId: null,
        kid: null,
        peerSha256: null,
        evidenceSha256: null,
      },
    ]);
    return { before: row.before };
  });
}
