/**
 * The one way this application speaks SQL: PostgreSQL through `pg`, or PGlite in this process.
 *
 * Durability: a resolved `query` outside a transaction, or a resolved `transaction`, is committed. On
 * PostgreSQL that is as durable as `synchronous_commit` makes it; on the embedded database it survives the
 * death of this process but not loss of power (ARCHITECTURE.md, Store).
 * Atomicity: `transaction` commits all or nothing; a thrown error rolls back and is rethrown.
 * Concurrency: queries of the embedded database are serialised; those of PostgreSQL run on a pool.
 */
export interface Database {
  readonly kind: 'postgres' | 'embedded';
  query<Row extends object = Record<string, unknown>>(
    statement: Statement,
    parameters?: readonly SqlValue[],
  ): Promise<readonly Row[]>;
  transaction<Value>(work: (tx: Queryable) => Promise<Value>): Promise<Value>;
  /** Calls back with the payload of each NOTIFY on the channel; re-listens by itself after a lost connection. */
  listen(channel: string, onNotify: (payload: string) => void): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

/** What can run a statement: the database itself, or a transaction on it. */
export type Queryable = Pick<Database, 'query'>;

/** A statement with a name, so that the server parses and plans it once per connection. One per file in `sql/`. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

/** bigint and timestamptz come back as number (checked to be safe) and Date; bytea as Uint8Array; arrays as arrays. */
export type SqlValue =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | Date
  | readonly (null | boolean | number | string | Uint8Array | Date)[];
