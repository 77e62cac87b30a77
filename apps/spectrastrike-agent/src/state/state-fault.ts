/**
 * What can be wrong with the state file or its directory. These are faults of the machine, not refusals of
 * the protocol (section 17 has no code for them), so they are thrown; whoever catches one has acknowledged
 * nothing, because every write of the agent is one transaction.
 */
export type StateFaultCode =
  | 'state_locked'
  | 'state_full'
  /** Not the machine's fault but the operator's bound (`SPECTRASTRIKE_SPOOL_MAX_…`): thrown from within the transaction. */
  | 'spool_full'
  | 'state_corrupt'
  | 'state_newer_schema'
  | 'state_permissions'
  | 'state_unusable';

export class StateFault extends Error {
  readonly code: StateFaultCode;

  constructor(code: StateFaultCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StateFault';
    this.code = code;
  }
}

/** SQLite primary result codes (the low byte of an extended one). */
const SQLITE_PERM = 3;
const SQLITE_BUSY = 5;
const SQLITE_LOCKED = 6;
const SQLITE_READONLY = 8;
const SQLITE_IOERR = 10;
const SQLITE_CORRUPT = 11;
const SQLITE_FULL = 13;
const SQLITE_CANTOPEN = 14;
const SQLITE_NOTADB = 26;

const ADVICE: ReadonlyMap<number, { code: StateFaultCode; text: string }> = new Map([
  [
    SQLITE_BUSY,
    {
      code: 'state_locked',
      text: 'another process holds the write lock; nothing was stored, try again when it is done',
    },
  ],
  [
    SQLITE_LOCKED,
    {
      code: 'state_locked',
      text: 'the file is locked within this process; nothing was stored, try again when it is done',
    },
  ],
  [
    SQLITE_FULL,
    {
      code: 'state_full',
      text: 'the disk or the quota is full; nothing was stored, make room and try again',
    },
  ],
  [
    SQLITE_CORRUPT,
    {
      code: 'state_corrupt',
      text: 'the file is damaged; nothing was changed. Keep a copy, then restore a backup or recover it with the sqlite3 shell',
    },
  ],
  [
    SQLITE_NOTADB,
    {
      code: 'state_corrupt',
      text: 'the file is not a SQLite database; nothing was changed. Restore a backup or move it away',
    },
  ],
  [
    SQLITE_READONLY,
    { code: 'state_permissions', text: 'the file or its directory is read-only for this user' },
  ],
  [SQLITE_PERM, { code: 'state_permissions', text: 'this user may not use the file' }],
  [SQLITE_CANTOPEN, { code: 'state_unusable', text: 'the file cannot be opened' }],
  [SQLITE_IOERR, { code: 'state_unusable', text: 'the operating system reported an input/output error' }],
]);

/** The numeric result code of a node:sqlite error, or null for anything else. */
export function sqliteResultCode(error: unknown): number | null {
  if (typeof error !== 'object' || error === null || !('errcode' in error)) return null;
  return typeof error.errcode === 'number' ? error.errcode : null;
}

/**
 * Turns what node:sqlite threw into a StateFault that says what to do. Errors which are not SQLite's, and
 * SQLite errors that mean a fault of ours (a constraint, bad SQL), are returned as they are.
 */
export function asStateFault(error: unknown, path: string): unknown {
  const resultCode = sqliteResultCode(error);
  if (resultCode === null) return error;
  const advice = ADVICE.get(resultCode & 0xff);
  if (advice === undefined) return error;
  return new StateFault(advice.code, `${path}: ${advice.text}`, { cause: error });
}
