import type { Database, Queryable } from './database.ts';
import { withLoginSession } from './login-session.ts';

/**
 * A transaction with the rights of vectorvue_retain. On PostgreSQL the database must have been opened in that role: what
 * its login may not do, it is refused. The embedded database has one connection and no logins, so the role is taken there
 * for the length of the transaction: less than the gateway has, and never more.
 */
export function transactionAsRetain<Value>(
  db: Database,
  work: (tx: Queryable) => Promise<Value>,
): Promise<Value> {
  if (db.kind === 'postgres') return db.transaction(work);
  return withLoginSession(db, async (session) => {
    await session.script('BEGIN; SET LOCAL ROLE vectorvue_retain');
    const value = await work(session);
    await session.script('COMMIT');
    return value;
  });
}
