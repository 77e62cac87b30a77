import type { Signer } from '@nyxera/federation-key-custody';
import type { GatewayClient } from '../gateway-client.ts';
import type { Spool } from '../spool/spool.ts';

/** Time, injected. `wait` resolves after so many milliseconds or when the signal aborts, whichever is first; it never rejects. */
export interface DeliveryClock {
  /** Unix milliseconds. */
  now(): number;
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

/** What delivery says aloud; a winston logger is one. */
export interface DeliveryLogger {
  /** Every attempt; absent: not said. */
  debug?(message: string, fields: Readonly<Record<string, unknown>>): void;
  info(message: string, fields: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields: Readonly<Record<string, unknown>>): void;
}

export interface DeliveryLimits {
  readonly concurrency: number;
  /** Milliseconds; caps the backoff of events and, with one minute, of the circuit. */
  readonly maxBackoffMs: number;
  /** Milliseconds between probes of a paused lane or a marked gateway. */
  readonly laneProbeMs: number;
  /** false: never several events in one request (PROTOCOL.md section 6). Default true. */
  readonly batches?: boolean;
}

export interface DeliveryDependencies {
  readonly spool: Spool;
  readonly client: GatewayClient;
  readonly signer: Signer;
  /** The key that signs now, where a drain may outlive a rotation. Default: `signer`, always. */
  readonly signerNow?: () => Promise<Signer>;
  readonly config: DeliveryLimits;
  readonly logger: DeliveryLogger;
  /** true: the caller holds the draining lock, for several deliveries of one process. Default: each drain takes it. */
  readonly isLocked?: boolean;
  readonly clock?: DeliveryClock;
  /** Uniform in [0, 1); for jitter, not for secrets. */
  readonly random?: () => number;
}

export interface DrainOptions {
  /**
   * settled: return when nothing is pending, or when nothing can be done within `maxWaitMs` (default).
   * aborted: go on until the signal, looking for new events once a second.
   */
  readonly until?: 'settled' | 'aborted';
  /**
   * Milliseconds that may pass without one event being delivered or quarantined while waiting for a backoff, a
   * probe or a rate limit; counted from the last one that was. Default 0: whatever cannot go now stays pending.
   */
  readonly maxWaitMs?: number;
  /** By hand: backoffs end and paused lanes and a marked gateway are probed at once (PROTOCOL.md section 13). */
  readonly probeNow?: boolean;
  /** Stops sending; attempts in flight are finished and recorded. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: DeliveryProgress) => void;
}

/** Of the lanes of this gateway, since the drain began. The first three are disjoint. */
export interface DeliveryProgress {
  /** Newly accepted by the gateway. */
  readonly delivered: number;
  /** Acknowledged as `duplicate`: the gateway had it already. */
  readonly duplicates: number;
  readonly quarantined: number;
  readonly pending: number;
}

export type WaitingReason =
  | 'another_drainer'
  | 'gateway_unreachable'
  | 'gateway_failing'
  | 'gateway_untrusted'
  | 'lane_paused'
  | 'rate_limited'
  | 'backoff'
  | 'key_unavailable'
  | 'stopped';

export interface DeliverySummary extends DeliveryProgress {
  /** Why something is still pending; absent when nothing is. */
  readonly waiting?: {
    readonly reason: WaitingReason;
    /** The code of section 17, or the status, behind it. */
    readonly code: string | null;
    /** Unix milliseconds; null where time alone will not help. */
    readonly retryAtMs: number | null;
  };
}

export interface Delivery {
  drain(options?: DrainOptions): Promise<DeliverySummary>;
  /** Ends backoffs and waits at once, of a drain that is running too. */
  wake(): void;
  /** Something was enqueued: a drain that is running looks at once, and not when its second is over. */
  nudge(): void;
}
