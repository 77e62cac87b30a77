import { type FeedbackRound, listRounds } from '../feedback/round-store.ts';
import type { Admission } from '../spool/admission.ts';
import { deliveryRates } from '../spool/rate.ts';
import { spoolSize } from '../spool/size.ts';
import type { Spool } from '../spool/spool.ts';
import type { GatewayState, Lane, LaneCounts } from '../spool/types.ts';
import type { State } from '../state/open-state.ts';

export interface LaneStatus extends Lane {
  readonly counts: LaneCounts;
  /** Events a second, over the last minute. */
  readonly ratePerSecond: number;
  /** What is waited for now; null: nothing, or only the turn. */
  readonly waiting: LaneWaiting | null;
}

export interface LaneWaiting {
  readonly reason: 'lane_paused' | 'rate_limited' | 'gateway_untrusted' | 'gateway_away';
  readonly code: string | null;
  /** Unix milliseconds; null where time alone will not help. */
  readonly untilMs: number | null;
  /** What the pending events need at the rate of the last minute, after the wait; milliseconds, null: no rate is known. */
  readonly drainMs: number | null;
}

/** What the state says about deliveries: the same for `status`, the daemon's API and `send` beside a daemon. */
export interface DeliveryStatus {
  readonly lanes: readonly LaneStatus[];
  readonly gateways: readonly GatewayState[];
  readonly rounds: readonly FeedbackRound[];
  readonly pending: number;
  readonly delivered: number;
  readonly duplicates: number;
  readonly quarantined: number;
  readonly ratePerSecond: number;
  /** Undelivered, quarantine included. */
  readonly bytes: number;
  /** Unix milliseconds; null: nothing is pending. */
  readonly oldestPendingMs: number | null;
  /** Whether intake takes more now. */
  readonly admission: Admission;
}

export function readDeliveryStatus(state: State, spool: Spool, nowMs: number): DeliveryStatus {
  const counts = new Map(spool.counts().map((one) => [one.laneId, one]));
  const rates = state.read(() => deliveryRates(state.db, nowMs));
  const stored = spool.lanes();
  const gateways = [...new Set(stored.map((one) => one.gateway))].map((url) => spool.gateway(url));
  const lanes = stored.map((lane): LaneStatus => {
    const its = counts.get(lane.laneId) ?? noCounts(lane.laneId);
    const ratePerSecond = rates.get(lane.laneId) ?? 0;
    const gateway = gateways.find((one) => one.url === lane.gateway);
    const waiting = its.pending === 0 ? null : waitingOf(lane, gateway, its.pending, ratePerSecond, nowMs);
    return { ...lane, counts: its, ratePerSecond, waiting };
  });
  const sum = (of: (lane: LaneStatus) => number): number =>
    lanes.reduce((total, lane) => total + of(lane), 0);
  const size = state.read(() => spoolSize(state.db));
  return {
    lanes,
    gateways,
    rounds: state.read(() => listRounds(state.db)),
    pending: sum((lane) => lane.counts.pending),
    delivered: sum((lane) => lane.counts.delivered),
    duplicates: sum((lane) => lane.counts.duplicates),
    quarantined: sum((lane) => lane.counts.quarantined),
    ratePerSecond: sum((lane) => lane.ratePerSecond),
    bytes: size.bytes,
    oldestPendingMs: size.oldestPendingMs,
    admission: spool.admit(0),
  };
}

function waitingOf(
  lane: Lane,
  gateway: GatewayState | undefined,
  pending: number,
  ratePerSecond: number,
  nowMs: number,
): LaneWaiting | null {
  const wait = waitOf(lane, gateway, nowMs);
  if (wait === null) return null;
  const needsMs = ratePerSecond === 0 ? null : Math.ceil((1000 * pending) / ratePerSecond);
  const drainMs = needsMs === null ? null : needsMs + Math.max(0, (wait.untilMs ?? nowMs) - nowMs);
  return { ...wait, drainMs };
}

function waitOf(
  lane: Lane,
  gateway: GatewayState | undefined,
  nowMs: number,
): Omit<LaneWaiting, 'drainMs'> | null {
  if (gateway !== undefined && gateway.markedCode !== null) {
    return { reason: 'gateway_untrusted', code: gateway.markedCode, untilMs: gateway.nextProbeMs };
  }
  if (gateway?.circuit === 'open') {
    return { reason: 'gateway_away', code: gateway.lastCode, untilMs: gateway.nextProbeMs };
  }
  if (lane.state === 'paused') {
    return { reason: 'lane_paused', code: lane.pausedCode, untilMs: lane.probeAfterMs };
  }
  if (lane.heldUntilMs !== null && lane.heldUntilMs > nowMs) {
    return { reason: 'rate_limited', code: lane.heldCode, untilMs: lane.heldUntilMs };
  }
  return null;
}

function noCounts(laneId: number): LaneCounts {
  return {
    laneId,
    pending: 0,
    delivered: 0,
    duplicates: 0,
    quarantined: 0,
    dropped: 0,
    oldestPendingMs: null,
  };
}
