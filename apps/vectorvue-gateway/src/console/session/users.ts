import type { Queryable, Statement } from '../../store/database.ts';
import type { ConsoleRole } from '../roles.ts';
import { endSessionsOf } from './list-sessions.ts';

/** Somebody who signs in by a certificate or at an identity provider; both are compared exactly. */
export interface ConsoleUser {
  readonly name: string;
  readonly role: ConsoleRole;
  /** null: all. */
  readonly tenants: readonly string[] | null;
  /** Lower-case hex SHA-256 of the DER certificate. */
  readonly certificate_sha256: string | null;
  readonly issuer: string | null;
  readonly subject: string | null;
}

export interface ListedUser extends ConsoleUser {
  readonly added_by: string;
  readonly added_at: Date;
}

const COLUMNS = 'name, role, tenants, certificate_sha256, issuer, subject';

const PUT: Statement = {
  name: 'console-user-put-v1',
  text: `INSERT INTO console_users (${COLUMNS}, added_by, added_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (name) DO UPDATE SET role = excluded.role, tenants = excluded.tenants,
  certificate_sha256 = excluded.certificate_sha256, issuer = excluded.issuer, subject = excluded.subject,
  added_by = excluded.added_by, added_at = excluded.added_at`,
};
const TAKEN: Statement = {
  name: 'console-user-taken-v1',
  text: `SELECT name FROM console_users
WHERE name <> $1 AND (certificate_sha256 = $2::text OR (issuer = $3::text AND subject = $4::text)) LIMIT 1`,
};
const REMOVE: Statement = {
  name: 'console-user-remove-v1',
  text: 'DELETE FROM console_users WHERE name = $1 RETURNING name',
};
const LIST: Statement = {
  name: 'console-user-list-v1',
  text: `SELECT ${COLUMNS}, added_by, added_at FROM console_users ORDER BY name`,
};
const BY_CERTIFICATE: Statement = {
  name: 'console-user-by-certificate-v1',
  text: `SELECT ${COLUMNS} FROM console_users WHERE certificate_sha256 = $1 FOR SHARE`,
};
const BY_SUBJECT: Statement = {
  name: 'console-user-by-subject-v1',
  text: `SELECT ${COLUMNS} FROM console_users WHERE issuer = $1 AND subject = $2 FOR SHARE`,
};
const UNKNOWN_TENANTS: Statement = {
  name: 'console-unknown-tenants-v1',
  text: `SELECT wanted FROM unnest($1::text[]) AS wanted
WHERE NOT EXISTS (SELECT FROM tenants WHERE tenant_id = wanted) ORDER BY wanted`,
};

export type PutUser =
  | { readonly ok: true; readonly ended: number }
  | { readonly ok: false; readonly takenBy: string };

/** Adds a user, or puts others rights and another way in the place of what it had: its sessions end with those. */
export async function putUser(tx: Queryable, user: ConsoleUser, by: string, nowMs: number): Promise<PutUser> {
  const [taken] = await tx.query<{ name: string }>(TAKEN, [
    user.name,
    user.certificate_sha256,
    user.issuer,
    user.subject,
  ]);
  if (taken !== undefined) return { ok: false, takenBy: taken.name };
  await tx.query(PUT, [
    user.name,
    user.role,
    user.tenants,
    user.certificate_sha256,
    user.issuer,
    user.subject,
    by,
    new Date(nowMs),
  ]);
  return { ok: true, ended: await endSessionsOf(tx, user.name, by, nowMs) };
}

/** null: there is no such user. Else how many sessions ended with it. */
export async function removeUser(
  tx: Queryable,
  name: string,
  by: string,
  nowMs: number,
): Promise<number | null> {
  if ((await tx.query(REMOVE, [name])).length === 0) return null;
  return endSessionsOf(tx, name, by, nowMs);
}

export function listUsers(db: Queryable): Promise<readonly ListedUser[]> {
  return db.query<ListedUser>(LIST);
}

/** Held until the transaction ends: a removal waits, and then ends the session that was opened meanwhile. */
export async function findUserByCertificate(db: Queryable, sha256: string): Promise<ConsoleUser | null> {
  return (await db.query<ConsoleUser>(BY_CERTIFICATE, [sha256]))[0] ?? null;
}

/** Held like the one above. */
export async function findUserBySubject(
  db: Queryable,
  issuer: string,
  subject: string,
): Promise<ConsoleUser | null> {
  return (await db.query<ConsoleUser>(BY_SUBJECT, [issuer, subject]))[0] ?? null;
}

/** Those of them that the gateway does not know: a slip of the hand would be a session that sees nothing. */
export async function unknownTenants(db: Queryable, tenants: readonly string[]): Promise<readonly string[]> {
  return (await db.query<{ wanted: string }>(UNKNOWN_TENANTS, [tenants])).map(({ wanted }) => wanted);
}
