import type { Database, Queryable } from './database.ts';

/**
 * One connection with the rights of the login itself, not of the role that `openDatabase` was asked for. For
 * migrations, for which no role may exist yet, and for looking after a lost backend; nothing else may use it.
 */
export interface LoginSession extends Queryable {
  /** Several statements in one text, without parameters. BEGIN and COMMIT are the caller's business. */
  script(text: string): Promise<void>;
}

export const LOGIN_SESSION = Symbol('login session');

export interface HasLoginSession {
  [LOGIN_SESSION]<Value>(work: (session: LoginSession) => Promise<Value>): Promise<Value>;
}

/** Runs the work on a connection of its own and gives it back in the state of the database's own role. */
export function withLoginSession<Value>(
  db: Database,
  work: (session: LoginSession) => Promise<Value>,
): Promise<Value> {
  if (!(LOGIN_SESSION in db)) throw new TypeError('not a database of openDatabase');
  return (db as Database & HasLoginSession)[LOGIN_SESSION](work);
}
