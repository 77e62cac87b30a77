import type { RecordedRun } from '../attestation/run-store.ts';
import type { CliContext } from '../cli/cli-context.ts';
import type { JsonLike } from '../cli/command-result.ts';
import type { DaemonConfig, FeedbackConfig } from '../config.ts';
import type { DeliveryLogger } from '../deliver.ts';
import type { PolicyEngine } from '../policy/policy-engine.ts';
import type { Admission } from '../spool/admission.ts';
import type { Spool } from '../spool/spool.ts';
import type { State } from '../state/open-state.ts';

/**
 * The seam between the daemon and what it runs beside delivery: a local API, watchers of folders, loops.
 *
 * `start` resolves when the service works (a server listens) and rejects where it cannot: then the daemon does not
 * start. Services start in the order of the list, before the ready line; they close in the opposite order, before
 * delivery stops, so that what they acknowledge is on disk while the spool is still open.
 */
export interface Service {
  readonly name: string;
  start(context: DaemonContext): Promise<Running>;
}

export interface Running {
  /** Where it can be reached; shown in the ready line and in `status`. */
  readonly listen?: string;
  /** For `status` and metrics; called at any time, must not wait for anything. */
  status?(): JsonLike;
  /** After SIGHUP, with `context.config()` already the new one. What throws is logged, and the daemon goes on. */
  reload?(): Promise<void>;
  /** Finishes what is under way, takes nothing new, and frees what it holds. Must come to an end. */
  close(): Promise<void>;
}

/** What a service is given. One process, one SQLite connection: everything here is used from the one event loop. */
export interface DaemonContext {
  readonly state: State;
  /**
   * The spool of the data directory. `enqueue` enforces the bounds in its transaction and throws StateFault with
   * `spool_full` (or `state_full` from the disk), and what it took is delivered at once.
   */
  readonly spool: Spool;
  readonly policy: PolicyEngine;
  readonly logger: DeliveryLogger;
  /** Environment, clock and randomness of the process. `src/config/` alone reads the environment. */
  readonly process: Pick<CliContext, 'environment' | 'now' | 'random'>;
  /** Aborted when the daemon is to stop. */
  readonly signal: AbortSignal;
  /** As it is now; another object after a SIGHUP that was taken. */
  config(): DaemonConfig;
  /** The way of a tenant (any case); without one, the only tenant's. Null: no route, or one has to be named. */
  laneOf(tenantId?: string): FeedbackConfig | null;
  /** The measurement under which events of this lane are spooled now (PROTOCOL.md section 11). */
  measuredRun(lane: FeedbackConfig): Promise<RecordedRun>;
  /** Whether so many more bytes may come in: a cheap look before a body is read. `enqueue` has the last word. */
  admit(bytes: number): Admission;
  /** By hand: circuits and backoffs end, everything that waits is tried at once. */
  wake(): void;
  status(): JsonLike;
}
