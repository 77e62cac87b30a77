import { parseNote } from '@nyxera/federation-protocol';
import type { StoredCheckpoint } from '../../audit/log-reader.ts';
import type { Queryable, Statement } from '../../store/database.ts';

/** A checkpoint with the cosignatures that are kept beside it. */
export interface CosignedCheckpoint extends StoredCheckpoint {
  readonly cosignedBy: readonly string[];
  /** The note with its cosignatures. */
  readonly cosigned: string;
}

const COLUMNS = 'size, origin, root, note, kid, signed_at';

/** Below size $1, the largest first, at most $2. */
const NEWEST: Statement = {
  name: 'console-checkpoints-v1',
  text: `SELECT ${COLUMNS} FROM log_checkpoints WHERE size < $1 ORDER BY size DESC LIMIT $2`,
};
/** Likewise those that a witness has cosigned. */
const NEWEST_COSIGNED: Statement = {
  name: 'console-checkpoints-cosigned-v1',
  text: `SELECT ${COLUMNS} FROM log_checkpoints AS checkpoint WHERE size < $1
   AND EXISTS (SELECT FROM log_cosignatures AS line WHERE line.size = checkpoint.size)
 ORDER BY size DESC LIMIT $2`,
};
/** The smallest one of size $1 or more, for each of $1. */
const AT_LEAST: Statement = {
  name: 'console-checkpoints-at-least-v1',
  text: `SELECT DISTINCT ON (found.size) found.* FROM unnest($1::bigint[]) AS wanted (size) CROSS JOIN LATERAL (
    SELECT ${COLUMNS} FROM log_checkpoints WHERE size >= wanted.size ORDER BY size LIMIT 1) AS found
 ORDER BY found.size`,
};

const COSIGNATURES: Statement = {
  name: 'console-cosignatures-v1',
  text: `SELECT size, identity, line FROM log_cosignatures WHERE size = ANY ($1::bigint[]) ORDER BY size, identity, kid`,
};

/** Newest first. @param below sizes below it; null: from the newest on. */
export async function listCheckpoints(
  db: Queryable,
  query: { readonly below: number | null; readonly cosigned: boolean; readonly limit: number },
): Promise<readonly CosignedCheckpoint[]> {
  const below = query.below ?? Number.MAX_SAFE_INTEGER;
  const rows = await db.query<StoredCheckpoint>(query.cosigned ? NEWEST_COSIGNED : NEWEST, [
    below,
    query.limit,
  ]);
  return withLines(db, rows);
}

/** Checkpoints at these sizes, or the next larger ones; in order of size, each once. */
export async function checkpointsAtLeast(
  db: Queryable,
  sizes: readonly number[],
): Promise<readonly CosignedCheckpoint[]> {
  return withLines(db, await db.query<StoredCheckpoint>(AT_LEAST, [sizes]));
}

async function withLines(
  db: Queryable,
  rows: readonly StoredCheckpoint[],
): Promise<readonly CosignedCheckpoint[]> {
  if (rows.length === 0) return [];
  const sizes = rows.map(({ size }) => size);
  const lines = await db.query<{ size: number; identity: string; line: string }>(COSIGNATURES, [sizes]);
  return rows.map((row) => {
    const own = lines.filter(({ size }) => size === row.size);
    const cosigned = row.note + own.map(({ line }) => line).join('');
    return {
      ...row,
      cosignedBy: [...new Set(own.map(({ identity }) => identity))],
      // As `audit prove` does: a note that could not be parsed any more would help nobody.
      cosigned: parseNote(cosigned).ok ? cosigned : row.note,
    };
  });
}
