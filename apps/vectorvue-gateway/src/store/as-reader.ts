import type { Database, Queryable, Statement } from './database.ts';
import { withLoginSession } from './login-session.ts';

/** Whose rows a reader sees: everybody's, or those of these tenants (lower case; none: nothing). */
export type ReaderScope = 'all-tenants' | readonly string[];

/** Both end with the transaction. Writing is refused whatever the role may do. */
const NARROW: Statement = {
  name: 'reader-narrow-v1',
  text: `SELECT set_config('vectorvue.tenants', $1, true), set_config('transaction_read_only', 'on', true)`,
};

const TENANT = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * A transaction with the rights of vectorvue_read, narrowed to these tenants by row-level security: a query that forgets to
 * say whose rows it wants gets no others. On PostgreSQL the database must have been opened in that role. The embedded
 * database has one connection and no logins, so the role is taken there for the length of the transaction.
 */
export function transactionAsReader<Value>(
  db: Database,
  scope: ReaderScope,
  work: (tx: Queryable) => Promise<Value>,
): Promise<Value> {
  const narrowed = scope === 'all-tenants' ? '' : arrayText(scope);
  if (db.kind === 'postgres') {
    return db.transaction(async (tx) => {
      await tx.query(NARROW, [narrowed]);
      return work(tx);
    });
  }
  return withLoginSession(db, async (session) => {
    await session.script('BEGIN; SET LOCAL ROLE vectorvue_read');
    await session.query(NARROW, [narrowed]);
    const value = await work({ query: (statement, parameters) => session.query(statement, parameters) });
    await session.script('COMMIT');
    return value;
  });
}

/** Throws where it is not a tenant's id: the text becomes an array, so that a comma would be one tenant more. */
function arrayText(tenants: readonly string[]): string {
  if (!tenants.every((tenant) => TENANT.test(tenant)))
    throw new TypeError('a tenant id is 8-4-4-4-12 hex digits');
  return `{${tenants.join(',')}}`;
}
