import type { Database } from './database.ts';

export const DUMP = Symbol('dump');

/** What the embedded database offers besides `Database`. */
export interface HasDump {
  /** The data directory as a gzipped tar, consistent: nothing else runs meanwhile. All of it is in memory. */
  [DUMP](): Promise<Blob>;
}

/** null: this is PostgreSQL, which has tools of its own for that. */
export function dumpEmbedded(db: Database): Promise<Blob> | null {
  return DUMP in db ? (db as Database & HasDump)[DUMP]() : null;
}
