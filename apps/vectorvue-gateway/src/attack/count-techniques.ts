import { isObject, parseObject } from '@nyxera/federation-protocol/audit-proof';
import type { Database, Queryable } from '../store/database.ts';
import {
  ACCEPTED_BETWEEN,
  COUNT_TECHNIQUES,
  MOVE_PROGRESS,
  TAKE_PROGRESS,
} from '../store/sql/technique-counts.ts';

/** Entries of one round: some ten milliseconds of PostgreSQL; of the embedded database, for which commits wait, fewer. */
const ROUND = { postgres: 2_000, embedded: 200 } as const;

/** What one round came to. `busy`: another process counts. */
export type Counted =
  | 'busy'
  | {
      readonly entries: number;
      /** Of the log, when the round began. */
      readonly size: number;
      readonly more: boolean;
    };

/**
 * Adds what the log has grown by to the counts of techniques, at most a round of entries, in one transaction: each event is
 * counted once, whatever dies in between. It follows the log because the log has no gaps; events have no order of their own
 * in which none could come late. An entry whose disclosure is gone or is no JSON names no event, and counts for nothing.
 */
export function countTechniques(db: Database): Promise<Counted> {
  return db.transaction(async (tx) => {
    const [progress] = await tx.query<{ next_sequence: number; size: number }>(TAKE_PROGRESS);
    if (progress === undefined) return 'busy';
    const { next_sequence: from, size } = progress;
    const to = Math.min(size, from + ROUND[db.kind]);
    if (to <= from) return { entries: 0, size, more: false };
    await countBetween(tx, from, to);
    await tx.query(MOVE_PROGRESS, [to]);
    return { entries: to - from, size, more: to < size };
  });
}

async function countBetween(tx: Queryable, from: number, to: number): Promise<void> {
  const rows = await tx.query<{ tenant_id: string; disclosure: string }>(ACCEPTED_BETWEEN, [from, to]);
  const keys = rows.flatMap(({ tenant_id, disclosure }) => {
    const members = parseObject(disclosure);
    const operator = disclosed(members?.operator_id);
    const event = disclosed(members?.subject);
    return operator === null || event === null ? [] : [{ tenant: tenant_id, operator, event }];
  });
  if (keys.length === 0) return;
  await tx.query(COUNT_TECHNIQUES, [
    keys.map(({ tenant }) => tenant),
    keys.map(({ operator }) => operator),
    keys.map(({ event }) => event),
  ]);
}

function disclosed(member: unknown): string | null {
  return isObject(member) && typeof member.value === 'string' ? member.value : null;
}
