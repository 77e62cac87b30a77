import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from './database.ts';
import type { StoreLogger } from './open-database.ts';
import { DO_NOT_WAIT_FOR_DISK, SETTLE_SWEEPS, SWEEP_NONCES } from './sql/sweep-nonces.ts';
import { sqlState } from './store-error.ts';

export interface SweeperOptions {
  readonly logger: Pick<StoreLogger, 'warn'>;
  /** Milliseconds between sweeps. Default 5,000. */
  readonly intervalMs?: number;
  /** Nonces in one transaction. Default 1,000. */
  readonly batch?: number;
  /** Milliseconds between the batches of one sweep, for the others. Default 20. */
  readonly pauseMs?: number;
  /** Resolves after the time, or rejects when aborted. For tests. */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
}

export interface NonceSweeper {
  /** Removes everything that has expired by the database's clock; answers with how many. */
  sweep(): Promise<number>;
  start(): void;
  /** Resolves when the batch under way, if any, is over. */
  stop(): Promise<void>;
}

/**
 * Removes expired nonces in the background. Nothing that lives is ever removed, however full the store is
 * (ARCHITECTURE.md, promise 4). Small transactions that skip what a commit holds and do not wait for the disk; the
 * counters are not touched while a commit has them. Any number of processes may sweep at once.
 */
export function createNonceSweeper(db: Database, options: SweeperOptions): NonceSweeper {
  const intervalMs = options.intervalMs ?? 5_000;
  const batch = options.batch ?? 1_000;
  const pauseMs = options.pauseMs ?? 20;
  const wait =
    options.sleep ?? ((ms: number, signal: AbortSignal) => sleep(ms, undefined, { signal, ref: false }));
  let stopping = new AbortController();
  let running: Promise<void> | null = null;

  const sweepBatch = (): Promise<number> =>
    db.transaction(async (tx) => {
      await tx.query(DO_NOT_WAIT_FOR_DISK);
      const [row] = await tx.query<{ removed: number }>(SWEEP_NONCES, [batch]);
      return row?.removed ?? 0;
    });

  const settle = (): Promise<void> =>
    db.transaction(async (tx) => {
      await tx.query(DO_NOT_WAIT_FOR_DISK);
      await tx.query(SETTLE_SWEEPS);
    });

  const sweep = async (): Promise<number> => {
    const { signal } = stopping;
    let total = 0;
    for (;;) {
      const removed = await sweepBatch();
      total += removed;
      if (removed < batch || signal.aborted) break;
      await wait(pauseMs, signal).catch(() => undefined);
    }
    await settle();
    return total;
  };

  const run = async (): Promise<void> => {
    const { signal } = stopping;
    while (!signal.aborted) {
      // A database that is away is the readiness check's business; the sweep comes round again.
      await sweep().catch((error: unknown) => {
        options.logger.warn('store.sweep_failed', { sqlState: sqlState(error) });
      });
      await wait(intervalMs, signal).catch(() => undefined);
    }
  };

  return {
    sweep,
    start() {
      if (running !== null) return;
      stopping = new AbortController();
      running = run();
    },
    async stop() {
      stopping.abort();
      await running;
      running = null;
    },
  };
}
