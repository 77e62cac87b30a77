import type { Database } from '../store/database.ts';
import { readStanding, type Standing } from './standing.ts';

/** What a change would do, found out by doing it. */
export interface Rehearsal<Value> {
  readonly value: Value;
  readonly before: Standing;
  readonly after: Standing;
}

/** Never leaves this file: what is thrown rolls back. */
class CurtainFall<Value> extends Error {
  readonly played: Rehearsal<Value>;

  constructor(played: Rehearsal<Value>) {
    super('rehearsal');
    this.played = played;
  }
}

/**
 * Runs a change of trust with everything it checks, writes and records, and rolls all of it back: the dry run cannot say
 * something else than the change will do, because it is the change. Nobody is notified, since NOTIFY waits for a commit.
 * `work` changes the database that it is given; its transactions are parts of the one that is rolled back.
 *
 * While it runs it holds the trust lock like a change does, so commits wait for it: milliseconds.
 */
export async function rehearse<Value>(
  db: Database,
  nowMs: number,
  work: (db: Database) => Promise<Value>,
): Promise<Rehearsal<Value>> {
  try {
    return await db.transaction(async (tx) => {
      const stage: Database = {
        kind: db.kind,
        query: (statement, parameters) => tx.query(statement, parameters),
        transaction: (part) => part(tx),
        listen: () => Promise.reject(new Error('nothing is announced in a rehearsal')),
        close: () => Promise.resolve(),
      };
      const before = await readStanding(tx, nowMs);
      const value = await work(stage);
      const after = await readStanding(tx, nowMs);
      throw new CurtainFall({ value, before, after });
    });
  } catch (end) {
    if (end instanceof CurtainFall) return end.played as Rehearsal<Value>;
    throw end;
  }
}
