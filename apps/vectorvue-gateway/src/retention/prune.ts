import { transactionAsRetain } from '../store/as-retain.ts';
import type { Database, Queryable } from '../store/database.ts';
import {
  ENTRIES_OF_NONE,
  ENTRIES_OF_TENANT,
  ERASE_AUDIT,
  EVIDENCE,
  REFUSED,
  TAKE_RETENTION_LOCK,
} from '../store/sql/retention.ts';
import type { PruningTarget } from './plan-pruning.ts';
import { recordRetention } from './record-retention.ts';
import type { RetentionAuthor } from './retention-rule.ts';

/**
 * Rows in one transaction. While entries are erased the head of the log is held, and commits wait: so few that it is
 * no longer than one of their own.
 */
const BATCH = 500;

/**
 * Removes what a target names, at most as much as was counted, in batches; each is one transaction with the entry of
 * the log that says what was removed and why. @returns how much was removed. Needs vectorvue_retain.
 */
export async function prune(db: Database, author: RetentionAuthor, target: PruningTarget): Promise<number> {
  let removed = 0;
  let from = 0;
  while (removed < target.count) {
    const most = Math.min(BATCH, target.count - removed);
    const batch = await transactionAsRetain(db, async (tx) => {
      await tx.query(TAKE_RETENTION_LOCK);
      return target.erases === 'body'
        ? await removeBodies(tx, author, target, most)
        : await eraseEntries(tx, author, target, target.erases, from, most);
    });
    if (batch.count === 0) break;
    removed += batch.count;
    from = batch.next;
  }
  return removed;
}

interface Batch {
  readonly count: number;
  /** Sequence from which to go on. */
  readonly next: number;
}

async function removeBodies(
  tx: Queryable,
  author: RetentionAuthor,
  target: PruningTarget,
  most: number,
): Promise<Batch> {
  const { remove } = target.class === 'evidence' ? EVIDENCE : REFUSED;
  const gone = await tx.query(remove, [target.tenant, target.before, most]);
  // The head of the log is taken last: commits take their rows before it, too.
  if (gone.length > 0) await record(tx, author, target, { count: gone.length });
  return { count: gone.length, next: 0 };
}

async function eraseEntries(
  tx: Queryable,
  author: RetentionAuthor,
  target: PruningTarget,
  erases: 'disclosure' | 'entry',
  from: number,
  most: number,
): Promise<Batch> {
  const { tenant, before } = target;
  const { next } = tenant === '' ? ENTRIES_OF_NONE : ENTRIES_OF_TENANT;
  const rows = await tx.query<{ sequence: number }>(next, [tenant, target.class, before, erases, from, most]);
  const sequences = rows.map(({ sequence }) => sequence);
  const [first] = sequences;
  const last = sequences.at(-1);
  if (first === undefined || last === undefined) return { count: 0, next: from };
  // Said first, because the database erases nothing of which the log does not say so in the same transaction. These
  // rows are nobody else's: commits only add.
  const requestId = await record(tx, author, target, { count: sequences.length, first, last });
  await tx.query(ERASE_AUDIT, [sequences, erases, requestId]);
  return { count: sequences.length, next: last + 1 };
}

function record(
  tx: Queryable,
  { actor, reason }: RetentionAuthor,
  target: PruningTarget,
  what: { readonly count: number; readonly first?: number; readonly last?: number },
): Promise<string> {
  const { erases, before, tenant } = target;
  return recordRetention(tx, {
    action: 'retention.prune',
    actor,
    code: 'pruned',
    tenantId: tenant === '' ? null : tenant,
    subject: { before: before.toISOString(), class: target.class, erases, reason, ...what },
  });
}
