/**
 * What can be wrong with a store, by name. A caller switches on `code`; the message is for the operator, says
 * what to do, and never holds a password (connection strings are not quoted).
 */
export type StoreErrorCode =
  /** Nothing can be said to the database; known: nothing was sent. */
  | 'unavailable'
  /** The connection was lost after a statement was sent: it may or may not have been committed. */
  | 'connection_lost'
  | 'server_too_old'
  /** Another process holds the embedded data directory. */
  | 'locked'
  | 'data_directory'
  | 'schema_missing'
  | 'schema_newer'
  | 'schema_older'
  | 'migration_changed'
  | 'migration_failed'
  | 'role_missing'
  | 'privilege_missing'
  /** A value from the database does not fit what JavaScript can hold, or is of an unknown type. */
  | 'bad_value';

export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** A server process, told apart from a later one that was given the same pid. */
export interface Backend {
  readonly pid: number;
  /** As PostgreSQL writes it; compared on the server only. */
  readonly startedAt: string;
}

/** The connection went away with a statement under way, so its outcome is unknown until it is read back. */
export class ConnectionLostError extends StoreError {
  readonly backend: Backend;

  constructor(backend: Backend, cause: unknown) {
    super('connection_lost', 'the connection to the database was lost while a statement was running', {
      cause,
    });
    this.backend = backend;
  }
}

/** SQLSTATE of a server error, else null. */
export function sqlState(error: unknown): string | null {
  if (typeof error !== 'object' || error === null || !('code' in error)) return null;
  return typeof error.code === 'string' && /^[0-9A-Z]{5}$/.test(error.code) ? error.code : null;
}

/**
 * True where the server answered with a plain ERROR: it rolled back, so the outcome is known.
 * FATAL and PANIC (a terminated backend may have committed before it died) and 40003 are not that.
 */
export function isRolledBack(error: unknown): boolean {
  const state = sqlState(error);
  if (state === null || state === '40003' || state.startsWith('08') || state.startsWith('57P')) return false;
  const severity = typeof error === 'object' && error !== null && 'severity' in error ? error.severity : null;
  return severity === 'ERROR';
}
