import type { Target } from './connection.ts';
import type { Percentiles } from './percentiles.ts';
import type { Statuses } from './send-loops.ts';

/** What the generator is asked for. */
export interface Job {
  /**
   * Closed: as fast as the answers come. Open: at `ratePerSecond` requests, whatever the answers do. Idle: one request
   * on each connection, and then they stay as they are until the next message.
   */
  readonly mode: 'closed' | 'open' | 'idle';
  readonly target: Target;
  readonly connections: number;
  /** Events in a request; null: the endpoint for single events. */
  readonly batch: number | null;
  readonly seconds: number;
  readonly warmUpSeconds: number;
  /** Events of the first round of a closed loop, which is never measured. */
  readonly firstRound: number;
  /** Requests a second; of an open loop only. */
  readonly ratePerSecond: number;
  /** Eight characters that make the event ids of this job unlike all others. */
  readonly run: string;
  readonly signingKeyPath: string;
  readonly certificateSha256: string;
}

export interface JobResult {
  readonly source: string;
  /** Warm-up included: what must be found in the store. */
  readonly eventsSent: number;
  /** All answers, warm-up included; status 0 is a connection that ended without one. */
  readonly statuses: Statuses;
  /** Measured ones. */
  readonly requests: number;
  readonly seconds: number;
  readonly eventsPerSecond: number;
  readonly requestsPerSecond: number;
  readonly bytesPerRequest: number;
  readonly latencyMs: Percentiles | null;
  /** Of an open loop: how much later than due the generator itself was, with a connection free. */
  readonly lateMs: Percentiles | null;
  /** Processor time of the generator by the measured time: near 1, it is what was measured. */
  readonly busy: number;
}

/** Connections that are open and do nothing. */
export interface IdleResult {
  readonly opened: number;
  readonly answered: number;
}
