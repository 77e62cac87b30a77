import type { Queryable, Statement } from '../../store/database.ts';

export interface ListedSession {
  readonly session_id: string;
  readonly name: string;
  readonly role: string;
  /** null: all. */
  readonly tenants: readonly string[] | null;
  readonly method: string;
  readonly started_at: Date;
  readonly seen_at: Date;
  readonly expires_at: Date;
}

const LIVING: Statement = {
  name: 'console-sessions-living-v1',
  text: `SELECT session_id, name, role, tenants, method, started_at, seen_at, expires_at FROM console_sessions
WHERE ended_at IS NULL AND expires_at > $1 AND seen_at + idle_seconds * interval '1 second' > $1
ORDER BY started_at DESC`,
};
const END_OF_NAME: Statement = {
  name: 'console-sessions-end-of-name-v1',
  text: `UPDATE console_sessions SET ended_at = $2, ended_by = $3
WHERE name = $1 AND ended_at IS NULL AND expires_at > $2 RETURNING session_id`,
};
const SWEEP: Statement = {
  name: 'console-sessions-sweep-v1',
  text: 'DELETE FROM console_sessions WHERE expires_at < $1',
};

/** Those that would be let in now, newest first. */
export function listSessions(db: Queryable, nowMs: number): Promise<readonly ListedSession[]> {
  return db.query<ListedSession>(LIVING, [new Date(nowMs)]);
}

/** How many there were. */
export async function endSessionsOf(tx: Queryable, name: string, by: string, nowMs: number): Promise<number> {
  return (await tx.query(END_OF_NAME, [name, new Date(nowMs), by])).length;
}

/** Rows of sessions that have been over for so long that nobody asks; what they did is in the audit log. */
export async function sweepSessions(
  tx: Queryable,
  nowMs: number,
  keepSeconds = 30 * 24 * 3600,
): Promise<void> {
  await tx.query(SWEEP, [new Date(nowMs - keepSeconds * 1000)]);
}
