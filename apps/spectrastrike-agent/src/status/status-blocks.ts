import { type Block, facts, table } from '../cli/command-result.ts';
import { duration, instant } from '../cli/format.ts';
import type { SpoolBounds } from '../config.ts';
import type { DaemonRecord } from '../daemon/daemon-record.ts';
import type { DeliveryStatus, LaneStatus, LaneWaiting } from './delivery-status.ts';

/** What waits, for what, and how it goes; for people. */
export function deliveryBlocks(
  status: DeliveryStatus,
  bounds: SpoolBounds,
  daemon: DaemonRecord | null,
  nowMs: number,
): readonly Block[] {
  return [
    table(
      [
        'lane',
        'gateway',
        'operator',
        'tenant',
        'state',
        'pending',
        'delivered',
        'quarantined',
        'oldest',
        'rate',
      ],
      status.lanes.map((lane) => [
        String(lane.laneId),
        lane.gateway,
        lane.operatorId,
        lane.tenantId,
        laneState(lane, nowMs),
        String(lane.counts.pending),
        String(lane.counts.delivered),
        String(lane.counts.quarantined),
        instant(lane.counts.oldestPendingMs),
        rate(lane.ratePerSecond),
      ]),
    ),
    table(
      ['gateway', 'circuit', 'last error', 'at', 'marked', 'next probe'],
      status.gateways.map((one) => [
        one.url,
        one.circuit,
        one.lastCode === null ? '-' : [one.lastCode, one.lastDetail].filter(Boolean).join(': '),
        instant(one.lastAtMs),
        one.markedCode ?? '-',
        instant(one.nextProbeMs),
      ]),
    ),
    ...(status.rounds.length === 0
      ? []
      : [
          table(
            ['feedback of', 'tenant', 'last round', 'outcome', 'failures', 'next', 'last accepted'],
            status.rounds.map((one) => [
              one.gateway,
              one.tenantId,
              instant(one.atMs),
              one.code === null
                ? `${one.outcome}: ${one.detail}`
                : `${one.outcome}: ${one.code}: ${one.detail}`,
              String(one.failures),
              instant(one.nextAtMs),
              instant(one.acceptedAtMs),
            ]),
          ),
        ]),
    facts(
      ['daemon', describeDaemon(daemon, nowMs)],
      ['waiting', describeWaiting(status, nowMs)],
      ['rate', `${rate(status.ratePerSecond)} delivered, over the last minute`],
      ['spool', describeSpool(status, bounds)],
    ),
  ];
}

/** `lane_paused: 401`, `rate_limited (429) for 12 s, 240 events need about 2 min`. */
export function describeWait(waiting: LaneWaiting, pending: number, nowMs: number): string {
  const code = waiting.code === null ? '' : ` (${waiting.code})`;
  const wait =
    waiting.untilMs === null ? '' : `, next attempt in ${duration(Math.max(0, waiting.untilMs - nowMs))}`;
  const drain =
    waiting.drainMs === null || waiting.reason !== 'rate_limited'
      ? ''
      : `; at the rate of the last minute ${pending} events need about ${duration(waiting.drainMs)}`;
  return `${waiting.reason}${code}${wait}${drain}`;
}

function laneState(lane: LaneStatus, nowMs: number): string {
  if (lane.waiting !== null) return describeWait(lane.waiting, lane.counts.pending, nowMs);
  return lane.pausedCode === null ? lane.state : `${lane.state}: ${lane.pausedCode}`;
}

function describeDaemon(daemon: DaemonRecord | null, nowMs: number): string {
  if (daemon === null) return 'not running';
  return `pid ${daemon.pid}, version ${daemon.version}, up for ${duration(nowMs - daemon.startedAtMs)}`;
}

function describeWaiting(status: DeliveryStatus, nowMs: number): string {
  if (status.oldestPendingMs === null) return 'nothing';
  return `${status.pending} events, the oldest for ${duration(Math.max(0, nowMs - status.oldestPendingMs))}`;
}

function describeSpool(status: DeliveryStatus, bounds: SpoolBounds): string {
  const parts = [
    bounds.maxBytes === null ? `${status.bytes} bytes` : `${status.bytes} of ${bounds.maxBytes} bytes`,
    ...(bounds.maxAgeMs === null ? [] : [`at most ${duration(bounds.maxAgeMs)} old`]),
  ];
  const { admission } = status;
  return admission.ok
    ? parts.join(', ')
    : `FULL: ${admission.detail}. Intake is refused; nothing is dropped (${parts.join(', ')})`;
}

function rate(perSecond: number): string {
  return `${perSecond < 10 ? perSecond.toFixed(1) : Math.round(perSecond)}/s`;
}
