import type { CommitOutcome, CommitRequest, ItemOutcome } from '../store/commit-types.ts';
import type { Database } from '../store/database.ts';
import { withLoginSession } from '../store/login-session.ts';
import { END_BACKEND, READ_BACK } from '../store/sql/read-back.ts';
import { type Backend, StoreError } from '../store/store-error.ts';

export interface ReadBackOptions {
  /** Milliseconds until it is given up and the outcome is `unknown`. */
  readonly patienceMs: number;
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}

interface EntryRow {
  readonly request_id: string;
  readonly sequence: number;
  readonly code: string;
  readonly leaf_hash: Uint8Array;
}

const PAUSE_MS = 50;

/**
 * What became of a flush whose connection was lost while it ran (PROTOCOL.md section 4). First the old server
 * process must be gone, because until then it may still commit; it is asked to go. Then the audit log says: a
 * flush is one transaction, and every request of it that wrote anything is in it. Nothing there: nothing was written.
 */
export async function readBack(
  db: Database,
  backend: Backend,
  requests: readonly CommitRequest[],
  options: ReadBackOptions,
): Promise<readonly CommitOutcome[]> {
  const deadline = options.now() + options.patienceMs;
  while (options.now() < deadline) {
    try {
      const rows = await attempt(db, backend, requests);
      if (rows !== null) return requests.map((request) => outcomeOf(request, rows));
    } catch (error) {
      // The database may be restarting. What is not of the store's making is a fault, and ends as one.
      if (!(error instanceof StoreError)) throw error;
    }
    await options.sleep(PAUSE_MS);
  }
  return requests.map(() => ({ status: 'unknown' }));
}

/** null: the old backend is still there. */
async function attempt(
  db: Database,
  backend: Backend,
  requests: readonly CommitRequest[],
): Promise<ReadonlyMap<string, readonly EntryRow[]> | null> {
  // With the login's own rights: only the same login may look at its backends, and end them.
  return withLoginSession(db, async (session) => {
    if (db.kind === 'postgres') {
      const alive = await session.query(END_BACKEND, [backend.pid, backend.startedAt]);
      if (alive.length > 0) return null;
    }
    await session.script('SET ROLE vectorvue_serve');
    const rows = await session.query<EntryRow>(READ_BACK, [requests.map((request) => request.requestId)]);
    const byRequest = new Map<string, EntryRow[]>();
    for (const row of rows) {
      const others = byRequest.get(row.request_id);
      if (others === undefined) byRequest.set(row.request_id, [row]);
      else others.push(row);
    }
    return byRequest;
  });
}

/** Without an entry it was not written, or was refused without writing: 503 is right for both. */
function outcomeOf(request: CommitRequest, found: ReadonlyMap<string, readonly EntryRow[]>): CommitOutcome {
  const rows = found.get(request.requestId);
  if (rows === undefined) return { status: 'unavailable' };
  if (rows.length === 1 && rows[0]?.code === 'replay_detected') return { status: 'replay' };
  const items = rows.map((row) => ({
    status: request.effect.kind === 'events' ? statusOfCode(row.code) : ('recorded' as const),
    sequence: row.sequence,
    leafHash: Buffer.from(row.leaf_hash).toString('hex'),
  }));
  return { status: 'committed', items };
}

function statusOfCode(code: string): ItemOutcome['status'] {
  switch (code) {
    case 'accepted':
    case 'duplicate':
      return code;
    case 'event_conflict':
      return 'conflict';
    default:
      return 'rejected';
  }
}
