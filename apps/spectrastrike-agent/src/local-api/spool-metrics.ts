import { Gauge, type Registry } from 'prom-client';
import { agentBuild } from '../cli/agent-version.ts';
import type { DaemonContext } from '../daemon/service.ts';

interface LaneSample {
  readonly tenant: string;
  readonly gateway: string;
  readonly pending: number;
  readonly delivered: number;
  readonly quarantined: number;
  /** Seconds; 0 when nothing is pending. */
  readonly oldestSeconds: number;
  readonly paused: boolean;
}

/** Gauges of what is in the state, read when they are asked for: they are true after a restart, too. */
export function observeSpool(registry: Registry, agent: DaemonContext): void {
  const perLane = (name: string, help: string, read: (one: LaneSample) => number): void => {
    new Gauge({
      name: `spectrastrike_spool_${name}`,
      help,
      labelNames: ['tenant', 'gateway'] as const,
      registers: [registry],
      collect() {
        this.reset();
        for (const one of sampleLanes(agent)) {
          this.set({ tenant: one.tenant, gateway: one.gateway }, read(one));
        }
      },
    });
  };
  perLane('pending_events', 'Acknowledged and not yet delivered', (one) => one.pending);
  perLane('delivered_events', 'Delivered, and still in the spool', (one) => one.delivered);
  perLane('quarantined_events', 'Refused by the gateway for good', (one) => one.quarantined);
  perLane('oldest_pending_seconds', 'Age of the oldest pending event', (one) => one.oldestSeconds);
  perLane('lane_paused', '1 while the lane is paused after a 401 or 403', (one) => (one.paused ? 1 : 0));
  const single = (name: string, help: string, read: () => number): void => {
    new Gauge({
      name: `spectrastrike_${name}`,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  };
  single('spool_accepting', '0 while intake is refused because a bound is reached', () =>
    agent.admit(0).ok ? 1 : 0,
  );
  single(
    'adjustments_living',
    'Adjustments of verified feedback that have not expired',
    () => agent.state.read(() => agent.policy.livingByTarget({}, agent.process.now())).flat().length,
  );
  single('security_entries', 'Entries of the security log; never fewer than before', () =>
    Number(
      agent.state.read(() => agent.state.db.prepare('SELECT count(*) AS n FROM security_log').get())?.n ?? 0,
    ),
  );
  observeGateways(registry, agent);
  new Gauge({
    name: 'spectrastrike_build_info',
    help: 'Always 1; which version and commit this is',
    labelNames: ['version', 'commit'] as const,
    registers: [registry],
  }).set({ ...agentBuild() }, 1);
}

function observeGateways(registry: Registry, agent: DaemonContext): void {
  const perGateway = (name: string, help: string, read: (gateway: string) => boolean): void => {
    new Gauge({
      name: `spectrastrike_gateway_${name}`,
      help,
      labelNames: ['gateway'] as const,
      registers: [registry],
      collect() {
        this.reset();
        const gateways = new Set(agent.spool.lanes().map((lane) => lane.gateway));
        for (const gateway of gateways) this.set({ gateway }, read(gateway) ? 1 : 0);
      },
    });
  };
  perGateway(
    'circuit_open',
    '1 while the circuit to the gateway is open',
    (gateway) => agent.spool.gateway(gateway).circuit === 'open',
  );
  perGateway(
    'marked',
    '1 while nothing is sent because its certificate, pin or answer is not to be trusted',
    (gateway) => agent.spool.gateway(gateway).markedCode !== null,
  );
}

function sampleLanes(agent: DaemonContext): readonly LaneSample[] {
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
