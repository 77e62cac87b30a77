import type { ReaderScope } from '../as-reader.ts';
import type { Queryable, Statement } from '../database.ts';

/** The first entry at or above sequence $1 that is to be seen, and when it was recorded. */
const NEXT_OF_ALL: Statement = {
  name: 'read-sequence-at-of-all-v1',
  text: `SELECT sequence, recorded_at FROM audit_log WHERE sequence >= $1 AND $2::text[] IS NULL ORDER BY sequence LIMIT 1`,
};
const NEXT_OF_TENANTS: Statement = {
  name: 'read-sequence-at-of-tenants-v1',
  text: `SELECT found.sequence, found.recorded_at FROM unnest($2::text[]) AS wanted (tenant) CROSS JOIN LATERAL (
    SELECT sequence, recorded_at FROM audit_log WHERE tenant_id = wanted.tenant AND sequence >= $1
     ORDER BY sequence LIMIT 1) AS found
 ORDER BY found.sequence LIMIT 1`,
};
const HEAD: Statement = { name: 'read-audit-size-v1', text: 'SELECT size FROM audit_head' };

/**
 * Entries are recorded under one lock, so they lie in order of time, but for a few (samples of refusals, a clock that was
 * set back) that lie this near to where they belong.
 */
const OUT_OF_ORDER = 1_000;

/** Sequences `from` up to and without `to`. */
export interface SequenceRange {
  readonly from: number;
  readonly to: number;
}

/**
 * Where in the log the entries of a time are: found by halving, some twenty looks at an index, so that no index over times
 * has to be kept while entries are taken in. Generous at both ends by `OUT_OF_ORDER`: the caller still compares times.
 */
export async function sequenceRange(
  db: Queryable,
  scope: ReaderScope,
  from: Date | null,
  to: Date | null,
): Promise<SequenceRange> {
  const [head] = await db.query<{ size: number }>(HEAD);
  const size = head?.size ?? 0;
  const first = from === null ? 0 : await firstAt(db, scope, from, size);
  const last = to === null ? size : await firstAt(db, scope, to, size);
  return { from: Math.max(0, first - OUT_OF_ORDER), to: Math.min(size, last + OUT_OF_ORDER) };
}

/** The smallest sequence from which on everything was recorded at that time or later. */
async function firstAt(db: Queryable, scope: ReaderScope, time: Date, size: number): Promise<number> {
  const [statement, tenants] = scope === 'all-tenants' ? [NEXT_OF_ALL, null] : [NEXT_OF_TENANTS, scope];
  let low = 0;
  let high = size;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const [row] = await db.query<{ sequence: number; recorded_at: Date }>(statement, [middle, tenants]);
    if (row === undefined || row.recorded_at >= time) high = middle;
    else low = row.sequence + 1;
  }
  return low;
}
