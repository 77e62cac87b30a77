import type { Queryable, Statement } from '../../store/database.ts';
import type { ConsoleRole } from '../roles.ts';
import { hashToken, newToken } from './token.ts';

/** How long a link can be used, seconds. */
export const LINK_SECONDS = 120;

export interface LinkFor {
  readonly name: string;
  readonly role: ConsoleRole;
  /** null: all. */
  readonly tenants: readonly string[] | null;
}

const INSERT: Statement = {
  name: 'console-link-make-v1',
  text: `INSERT INTO console_links (token_sha256, name, role, tenants, made_by, made_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)`,
};
/** Looking and using are one statement: of two that come at once, one finds it. */
const USE: Statement = {
  name: 'console-link-use-v1',
  text: `UPDATE console_links SET used_at = $2 WHERE token_sha256 = $1 AND used_at IS NULL AND expires_at > $2
RETURNING name, role, tenants`,
};
const SWEEP: Statement = {
  name: 'console-link-sweep-v1',
  text: 'DELETE FROM console_links WHERE expires_at < $1',
};

/** The token of a link; the database keeps its hash. Links that are long over are removed by the way. */
export async function makeLink(tx: Queryable, link: LinkFor, madeBy: string, nowMs: number): Promise<string> {
  const token = newToken();
  await tx.query(SWEEP, [new Date(nowMs - 24 * 3600 * 1000)]);
  await tx.query(INSERT, [
    hashToken(token),
    link.name,
    link.role,
    link.tenants,
    madeBy,
    new Date(nowMs),
    new Date(nowMs + LINK_SECONDS * 1000),
  ]);
  return token;
}

/** null: no such link, or it was used, or it is over. */
export async function useLink(tx: Queryable, token: string, nowMs: number): Promise<LinkFor | null> {
  const [row] = await tx.query<LinkFor>(USE, [hashToken(token), new Date(nowMs)]);
  return row ?? null;
}
