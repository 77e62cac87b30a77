import { BatchSizing } from './deliver/batch-sizing.ts';
import { Circuit } from './deliver/circuit.ts';
import { Drainer } from './deliver/drainer.ts';
import { logAttempts } from './deliver/log-attempts.ts';
import { systemClock } from './deliver/system-clock.ts';
import type { Delivery, DeliveryDependencies, DeliverySummary, DrainOptions } from './deliver/types.ts';
import { createSendSigned } from './prepare-envelope.ts';
import type { BackoffLimits } from './retry-policy.ts';

export type {
  Delivery,
  DeliveryClock,
  DeliveryDependencies,
  DeliveryLogger,
  DeliveryProgress,
  DeliverySummary,
  DrainOptions,
  WaitingReason,
} from './deliver/types.ts';

const BACKOFF_BASE_MS = 1000;
/** A gateway that is back must not wait longer than this to be noticed. */
const MAX_CIRCUIT_BACKOFF_MS = 60_000;

/**
 * Spool to gateway (PROTOCOL.md section 13): every attempt signed afresh, every outcome recorded before the event
 * counts as settled. It drains the lanes of its client's gateway and leaves the others alone.
 */
export function createDelivery(deps: DeliveryDependencies): Delivery {
  const clock = deps.clock ?? systemClock;
  const random = deps.random ?? Math.random;
  const url = deps.client.gatewayUrl;
  const limits: BackoffLimits = { baseMs: BACKOFF_BASE_MS, capMs: deps.config.maxBackoffMs };
  const circuit = new Circuit(url, {
    baseMs: BACKOFF_BASE_MS,
    capMs: Math.min(MAX_CIRCUIT_BACKOFF_MS, deps.config.maxBackoffMs),
    markedProbeMs: deps.config.laneProbeMs,
    random,
  });
  const sizing = deps.config.batches === false ? null : new BatchSizing(deps.spool, url, deps.logger);
  const sendSigned = createSendSigned({
    client: deps.client,
    signer: deps.signer,
    signerNow: deps.signerNow,
    now: () => clock.now(),
    onAttempt: logAttempts(deps.logger),
  });
  let current: Drainer | null = null;

  const probeNow = (): void => {
    circuit.probeNow();
    deps.spool.endBackoffs(url);
    for (const lane of deps.spool.lanes(url)) deps.spool.probeLaneNow(lane.laneId);
  };

  const drain = async (options: DrainOptions = {}): Promise<DeliverySummary> => {
    const lock = deps.isLocked === true ? HELD_BY_CALLER : deps.spool.lockForDraining();
    if (lock === null) return drainedElsewhere(deps);
    try {
      circuit.restore(deps.spool.gateway(url));
      if (options.probeNow === true) probeNow();
      current = new Drainer({ deps, clock, random, circuit, limits, sendSigned, sizing }, options);
      return await current.run();
    } finally {
      current = null;
      lock.release();
    }
  };

  return {
    drain,
    wake: () => {
      probeNow();
      current?.wake();
    },
    nudge: () => current?.wake(),
  };
}

const HELD_BY_CALLER = { release: () => {} };

/** Another process drains this data directory: it will deliver what was spooled, and this one must not as well. */
function drainedElsewhere(deps: DeliveryDependencies): DeliverySummary {
  const lanes = new Set(deps.spool.lanes(deps.client.gatewayUrl).map((lane) => lane.laneId));
  const pending = deps.spool
    .counts()
    .filter((counts) => lanes.has(counts.laneId))
    .reduce((sum, counts) => sum + counts.pending, 0);
  const waiting = { reason: 'another_drainer', code: null, retryAtMs: null } as const;
  return { delivered: 0, duplicates: 0, quarantined: 0, pending, waiting };
}
