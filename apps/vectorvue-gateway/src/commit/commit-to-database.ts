import { setTimeout as sleep } from 'node:timers/promises';
import type { Commit, CommitOutcome, CommitRequest } from '../store/commit-types.ts';
import type { Database } from '../store/database.ts';
import type { StoreLogger } from '../store/open-database.ts';
import { COMMIT_REQUESTS } from '../store/sql/commit-requests.ts';
import { ConnectionLostError, StoreError, sqlState } from '../store/store-error.ts';
import { decodeFlush, type FlushResult } from './decode-flush.ts';
import { encodeFlush } from './encode-flush.ts';
import { type CommitLimits, flushParameters } from './flush-columns.ts';
import { type ReadBackOptions, readBack } from './read-back.ts';

export interface CommitOptions extends CommitLimits {
  readonly logger?: Pick<StoreLogger, 'error' | 'warn'>;
  readonly readBack?: Partial<ReadBackOptions>;
}

/** Deadlock and serialization failure: rolled back, and as good as new when tried again. */
const TRY_AGAIN: ReadonlySet<string> = new Set(['40P01', '40001']);
const TRIES = 4;

/**
 * The commit over a database. One flush is one statement and one transaction (ARCHITECTURE.md, promise 1): all of a
 * request is written, or nothing. Never throws.
 *
 * - A value that the database does not take fails its flush; the flush is halved until the guilty request is alone,
 *   which gets `unavailable` and a line in the log. Its neighbours are committed.
 * - Known not to be written: `unavailable`. Not known, because the connection was lost: read back, else `unknown`.
 */
export function createCommit(db: Database, options: CommitOptions): Commit {
  const waiting: ReadBackOptions = { patienceMs: 10_000, now: Date.now, sleep, ...options.readBack };

  const flush = async (
    requests: readonly CommitRequest[],
    tries: number,
  ): Promise<readonly CommitOutcome[]> => {
    try {
      const parameters = flushParameters(encodeFlush(requests), options);
      const [result] = await db.query<FlushResult>(COMMIT_REQUESTS, parameters);
      if (result === undefined) throw new TypeError('the commit function answers with one row');
      return decodeFlush(requests, result);
    } catch (error) {
      if (error instanceof ConnectionLostError) return recover(error, requests);
      if (error instanceof StoreError) return unavailable(requests);
      const state = sqlState(error);
      if (state !== null && TRY_AGAIN.has(state) && tries < TRIES) return flush(requests, tries + 1);
      if (!isAboutData(state)) {
        options.logger?.error('commit.failed', { sqlState: state, requests: requests.length });
        return unavailable(requests);
      }
      return divide(requests, state, error);
    }
  };

  const divide = async (requests: readonly CommitRequest[], state: string | null, error: unknown) => {
    if (requests.length === 1) {
      options.logger?.error('commit.refused_by_database', {
        request_id: requests[0]?.requestId,
        sqlState: state,
        error: error instanceof Error ? error.name : 'unknown',
      });
      return unavailable(requests);
    }
    const half = Math.ceil(requests.length / 2);
    // One after the other: the order of arrival decides who was first.
    const before = await flush(requests.slice(0, half), 1);
    return [...before, ...(await flush(requests.slice(half), 1))];
  };

  const recover = async (error: ConnectionLostError, requests: readonly CommitRequest[]) => {
    options.logger?.warn('commit.connection_lost', { requests: requests.length });
    try {
      return await readBack(db, error.backend, requests, waiting);
    } catch (fault) {
      options.logger?.error('commit.read_back_failed', { sqlState: sqlState(fault) });
      return requests.map((): CommitOutcome => ({ status: 'unknown' }));
    }
  };

  return async (requests) => (requests.length === 0 ? [] : flush(requests, 1));
}

function unavailable(requests: readonly CommitRequest[]): readonly CommitOutcome[] {
  return requests.map(() => ({ status: 'unavailable' }));
}

/**
 * 22 data exception, 23 constraint, 54 too large; or no SQLSTATE: it could not even be encoded. A cause that another
 * request does not share, other than a full disk, a missing grant or a timeout.
 */
function isAboutData(state: string | null): boolean {
  return state === null || /^(22|23|54)/.test(state);
}
