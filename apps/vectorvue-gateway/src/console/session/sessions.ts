import { v7 as uuidv7 } from 'uuid';
import type { Queryable, Statement } from '../../store/database.ts';
import type { ConsoleSession } from '../context.ts';
import type { ConsoleRole } from '../roles.ts';
import { hashToken, newToken } from './token.ts';

export interface NewSession {
  readonly name: string;
  readonly role: ConsoleRole;
  /** null: all. */
  readonly tenants: readonly string[] | null;
  readonly method: ConsoleSession['method'];
  /** Of the client certificate that opened it; null: none did. */
  readonly certificateSha256: string | null;
}

export interface SessionTimes {
  /** Seconds without a call after which it is over. */
  readonly idleSeconds: number;
  /** Seconds after which it is over whatever happens. */
  readonly absoluteSeconds: number;
}

interface SessionRow {
  readonly session_id: string;
  readonly name: string;
  readonly role: ConsoleRole;
  readonly tenants: readonly string[] | null;
  readonly method: ConsoleSession['method'];
  readonly certificate_sha256: string | null;
  readonly started_at: Date;
  readonly seen_at: Date;
  readonly idle_seconds: number;
  readonly expires_at: Date;
}

/** Being seen is written once in so many milliseconds, not with each call. */
const SEEN_EVERY_MS = 30_000;

const COLUMNS =
  'session_id, name, role, tenants, method, certificate_sha256, started_at, seen_at, idle_seconds, expires_at';

const INSERT: Statement = {
  name: 'console-session-start-v1',
  text: `INSERT INTO console_sessions (session_id, token_sha256, name, role, tenants, method, certificate_sha256, started_at, seen_at, idle_seconds, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9, $10)`,
};
const FIND: Statement = {
  name: 'console-session-find-v1',
  text: `SELECT ${COLUMNS} FROM console_sessions WHERE token_sha256 = $1 AND ended_at IS NULL`,
};
const SEEN: Statement = {
  name: 'console-session-seen-v1',
  text: 'UPDATE console_sessions SET seen_at = $2 WHERE session_id = $1 AND ended_at IS NULL AND seen_at < $2',
};
const END: Statement = {
  name: 'console-session-end-v1',
  text: 'UPDATE console_sessions SET ended_at = $2, ended_by = $3 WHERE session_id = $1 AND ended_at IS NULL RETURNING name',
};

/** A session with a token that nobody had before: what a browser brought along is never made valid. */
export async function startSession(
  tx: Queryable,
  session: NewSession,
  times: SessionTimes,
  nowMs: number,
): Promise<{ readonly sessionId: string; readonly token: string; readonly expiresAt: Date }> {
  const sessionId = uuidv7();
  const token = newToken();
  const expiresAt = new Date(nowMs + times.absoluteSeconds * 1000);
  await tx.query(INSERT, [
    sessionId,
    hashToken(token),
    session.name,
    session.role,
    session.tenants,
    session.method,
    session.certificateSha256,
    new Date(nowMs),
    times.idleSeconds,
    expiresAt,
  ]);
  return { sessionId, token, expiresAt };
}

/**
 * The living session of a token, which this call keeps awake. null: there is none, it is over, it was ended, or it belongs
 * to a client certificate that this connection did not present.
 */
export async function findSession(
  db: Queryable,
  token: string,
  certificateSha256: string | null,
  nowMs: number,
): Promise<ConsoleSession | null> {
  const [row] = await db.query<SessionRow>(FIND, [hashToken(token)]);
  if (row === undefined || nowMs >= row.expires_at.getTime()) return null;
  if (nowMs >= row.seen_at.getTime() + row.idle_seconds * 1000) return null;
  if (row.certificate_sha256 !== null && row.certificate_sha256 !== certificateSha256) return null;
  if (nowMs - row.seen_at.getTime() >= SEEN_EVERY_MS) await db.query(SEEN, [row.session_id, new Date(nowMs)]);
  return {
    sessionId: row.session_id,
    name: row.name,
    role: row.role,
    tenants: row.tenants ?? 'all-tenants',
    method: row.method,
    startedAt: row.started_at,
    idleExpiresAt: new Date(Math.min(nowMs + row.idle_seconds * 1000, row.expires_at.getTime())),
    expiresAt: row.expires_at,
  };
}

/** Whether it was alive until now. */
export async function endSession(
  tx: Queryable,
  sessionId: string,
  endedBy: string,
  nowMs: number,
): Promise<boolean> {
  return (await tx.query(END, [sessionId, new Date(nowMs), endedBy])).length > 0;
}
