import type { SpoolBounds } from '../config.ts';
import type { DaemonRecord } from '../daemon/daemon-record.ts';
import type { FeedbackRound } from '../feedback/round-store.ts';
import type { GatewayState } from '../spool/types.ts';
import type { DeliveryStatus, LaneStatus } from './delivery-status.ts';

/** The members that `status --json` and the daemon's own status have in common. Times are Unix milliseconds. */
export function deliveryJson(status: DeliveryStatus, bounds: SpoolBounds) {
  const { admission } = status;
  return {
    pending: status.pending,
    delivered: status.delivered,
    duplicates: status.duplicates,
    quarantined: status.quarantined,
    oldest_pending_ms: status.oldestPendingMs,
    rate_per_second: status.ratePerSecond,
    spool: {
      bytes: status.bytes,
      max_bytes: bounds.maxBytes,
      max_age_ms: bounds.maxAgeMs,
      min_free_bytes: bounds.minFreeBytes,
      full: admission.ok ? null : admission.reason,
      detail: admission.ok ? null : admission.detail,
    },
    lanes: status.lanes.map(laneJson),
    gateways: status.gateways.map(gatewayJson),
    feedback: status.rounds.map(roundJson),
  };
}

export function daemonJson(daemon: DaemonRecord | null, nowMs: number) {
  if (daemon === null) return null;
  return {
    pid: daemon.pid,
    version: daemon.version,
    started_at_ms: daemon.startedAtMs,
    uptime_seconds: Math.max(0, Math.floor((nowMs - daemon.startedAtMs) / 1000)),
    services: daemon.services,
  };
}

function laneJson(lane: LaneStatus) {
  const { counts, waiting } = lane;
  return {
    lane: lane.laneId,
    gateway: lane.gateway,
    operator_id: lane.operatorId,
    tenant_id: lane.tenantId,
    state: lane.state,
    code: lane.pausedCode,
    pending: counts.pending,
    delivered: counts.delivered,
    duplicates: counts.duplicates,
    quarantined: counts.quarantined,
    dropped: counts.dropped,
    oldest_pending_ms: counts.oldestPendingMs,
    rate_per_second: lane.ratePerSecond,
    waiting:
      waiting === null
        ? null
        : {
            reason: waiting.reason,
            code: waiting.code,
            until_ms: waiting.untilMs,
            drain_ms: waiting.drainMs,
          },
  };
}

function gatewayJson(one: GatewayState) {
  return {
    url: one.url,
    circuit: one.circuit,
    failures: one.failures,
    last_code: one.lastCode,
    last_detail: one.lastDetail,
    last_at_ms: one.lastAtMs,
    marked_code: one.markedCode,
    next_probe_ms: one.nextProbeMs,
  };
}

function roundJson(one: FeedbackRound) {
  return {
    gateway: one.gateway,
    tenant_id: one.tenantId,
    at_ms: one.atMs,
    outcome: one.outcome,
    code: one.code,
    detail: one.detail,
    recorded: one.recorded,
    failures: one.failures,
    next_at_ms: one.nextAtMs,
    accepted_at_ms: one.acceptedAtMs,
  };
}
