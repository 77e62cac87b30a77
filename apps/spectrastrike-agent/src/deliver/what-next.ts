import type { Spool } from '../spool/spool.ts';
import type { Lane } from '../spool/types.ts';
import type { Circuit } from './circuit.ts';
import type { LaneFlow } from './lane-flow.ts';
import type { DeliverySummary } from './types.ts';

export type Waiting = NonNullable<DeliverySummary['waiting']>;

/** Why nothing can leave now although something is pending, and when that changes; null when nothing is pending. */
export function whatNext(
  spool: Spool,
  circuit: Circuit,
  lanes: readonly Lane[],
  flowOf: (laneId: number) => LaneFlow,
  nowMs: number,
): Waiting | null {
  const perLane = lanes
    .map((lane) => laneNext(spool, lane, flowOf(lane.laneId), nowMs))
    .filter((next) => next !== null);
  const earliest = perLane.sort((left, right) => (left.retryAtMs ?? 0) - (right.retryAtMs ?? 0))[0];
  if (earliest === undefined) return null;
  const { state } = circuit;
  if (circuit.admits(nowMs) !== 'none' || state.nextProbeMs === null) return earliest;
  return {
    reason: gatewayReason(circuit),
    code: state.markedCode ?? state.lastCode,
    retryAtMs: state.nextProbeMs,
  };
}

function gatewayReason(circuit: Circuit): Waiting['reason'] {
  if (circuit.state.markedCode !== null) return 'gateway_untrusted';
  return circuit.isAway ? 'gateway_unreachable' : 'gateway_failing';
}

function laneNext(spool: Spool, lane: Lane, flow: LaneFlow, nowMs: number): Waiting | null {
  const retryAtMs = spool.nextRetryMs(lane.laneId);
  const first = spool.nextEvents(lane.laneId, { kind: 'first', nowMs, limit: 1, exclude: new Set() });
  if (retryAtMs === null && first.length === 0) return null;
  if (lane.state === 'paused') {
    return { reason: 'lane_paused', code: lane.pausedCode, retryAtMs: lane.probeAfterMs ?? nowMs };
  }
  const hold = flow.hold(nowMs);
  if (hold !== null) return { reason: 'rate_limited', code: hold.code, retryAtMs: hold.untilMs };
  return { reason: 'backoff', code: null, retryAtMs: first.length > 0 ? nowMs : retryAtMs };
}
