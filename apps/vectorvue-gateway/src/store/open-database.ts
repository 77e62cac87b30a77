import type { Database } from './database.ts';
import { openEmbedded } from './embedded-database.ts';
import { openPostgres } from './postgres-database.ts';

/** Which rights the statements run with: `SET ROLE vectorvue_<role>` on every connection (infra/postgres). */
export type DatabaseRole = 'migrate' | 'serve' | 'read' | 'retain';

/** The part of a winston logger that the store needs. Never given a parameter, a body or a connection string. */
export interface StoreLogger {
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

export interface OpenDatabaseOptions {
  /** PostgreSQL >= 15; null: PGlite inside `dataDir`. */
  readonly databaseUrl: string | null;
  readonly dataDir: string;
  readonly role: DatabaseRole;
  readonly logger: StoreLogger;
  /** Connections in the pool. Default 10; PostgreSQL only. */
  readonly poolSize?: number;
  /** Milliseconds until the server gives a statement up (the client: 5 s later). Default 30,000; 0 for migrate. */
  readonly statementTimeoutMs?: number;
  /** Milliseconds to wait for a connection. Default 5,000. */
  readonly connectTimeoutMs?: number;
}

/**
 * Opens the store and proves that it answers. The schema may still be missing: then `migrate` is what works, and
 * everything else throws `schema_missing`.
 *
 * Throws StoreError: `unavailable`, `server_too_old`, `locked`, `data_directory`.
 */
export function openDatabase(options: OpenDatabaseOptions): Promise<Database> {
  const { databaseUrl } = options;
  return databaseUrl === null ? openEmbedded(options) : openPostgres({ ...options, databaseUrl });
}
