import type { DaemonContext } from '../daemon/service.ts';
import type { GatewaySample, LaneSample } from './api-metrics.ts';

export function sampleLanes(agent: DaemonContext): readonly LaneSample[] {
  const counts = new Map(agent.spool.counts().map((one) => [one.laneId, one]));
  return agent.spool.lanes().map((lane) => {
    const of = counts.get(lane.laneId);
    const oldest = of?.oldestPendingMs ?? null;
    return {
      tenant: lane.tenantId,
      gateway: lane.gateway,
      pending: of?.pending ?? 0,
      delivered: of?.delivered ?? 0,
      quarantined: of?.quarantined ?? 0,
      oldestSeconds: oldest === null ? 0 : Math.max(0, (agent.process.now() - oldest) / 1000),
      paused: lane.state === 'paused',
    };
  });
}

export function sampleGateways(agent: DaemonContext): readonly GatewaySample[] {
  const urls = new Set(agent.spool.lanes().map((lane) => lane.gateway));
  return [...urls].map((gateway) => ({
    gateway,
    circuitOpen: agent.spool.gateway(gateway).circuit === 'open',
  }));
}
