import { AggregatorRegistry, Counter, Gauge, type Registry } from 'prom-client';
import type { Metrics } from '../metrics.ts';
import type { Fleet } from './fleet.ts';
import type { MetricJson, WorkerReport } from './messages.ts';

/** A worker that does not answer within this is counted by what it said last. Milliseconds. */
const REPORT_PATIENCE_MS = 1000;

type RestartReason = 'died' | 'start_failed' | 'rolled';

/** What `/metrics` of several workers shows: their sum, with the primary, and what only the primary knows. */
export interface FleetMetrics {
  /** From now on about these workers. */
  observe(fleet: Fleet): void;
  restarted(reason: RestartReason): void;
  /** A worker is gone: what it counted stays counted, or every counter would fall when a worker ends. */
  farewell(report: WorkerReport | null): void;
  /** Asks all workers, so that what a dead one had counted is known at least up to the last time of asking. */
  refresh(): Promise<void>;
  text(): Promise<string>;
}

export function createFleetMetrics(metrics: Metrics): FleetMetrics {
  const { registry } = metrics;
  let fleet: Fleet | null = null;
  let departed: Promise<readonly MetricJson[]> = Promise.resolve([]);
  const registers = [registry];
  const restarts = new Counter({
    name: 'vectorvue_worker_restarts_total',
    help: 'Workers that were replaced, by reason: died, start_failed, rolled (SIGUSR2)',
    labelNames: ['reason'] as const,
    registers,
  });
  const gauge = (name: string, help: string, read: (of: Fleet, set: Gauge<'worker'>) => void): void => {
    new Gauge({
      name,
      help,
      labelNames: ['worker'] as const,
      registers,
      collect() {
        this.reset();
        if (fleet !== null) read(fleet, this);
      },
    });
  };
  gauge('vectorvue_workers_wanted', 'VV_TG_WORKERS', (of, own) => own.set(of.wanted));
  gauge('vectorvue_workers_serving', 'Workers that accept connections', (of, own) => own.set(of.serving));
  gauge('vectorvue_worker_resident_memory_bytes', 'Resident memory of each worker', (of, own) => {
    for (const { slot, report, leaving } of of.links) {
      if (report !== null && !leaving) own.set({ worker: String(slot) }, report.rssBytes);
    }
  });
  gauge('vectorvue_worker_event_loop_delay_seconds', 'What each worker’s guard measured last', (of, own) => {
    for (const { slot, report, leaving } of of.links) {
      if (report !== null && !leaving) own.set({ worker: String(slot) }, loopDelay(report));
    }
  });

  const refresh = async (): Promise<void> => {
    await Promise.all((fleet?.links ?? []).map((link) => link.refreshReport(REPORT_PATIENCE_MS)));
  };
  return {
    observe: (workers) => {
      fleet = workers;
    },
    restarted: (reason) => restarts.inc({ reason }),
    farewell: (report) => {
      if (report === null) return;
      const counted = report.metrics.filter(isCounted);
      departed = departed.then((others) => toJson(sum([others, counted])));
    },
    refresh,
    text: async () => {
      await refresh();
      const own = await toJson(registry);
      // In one breath: a worker that ends now must not be in both, nor in neither.
      const gone = departed;
      const living = (fleet?.links ?? []).flatMap(({ report }) => (report === null ? [] : [report.metrics]));
      return sum([own, await gone, ...living]).metrics();
    },
  };
}

function sum(parts: readonly (readonly MetricJson[])[]): Registry {
  return AggregatorRegistry.aggregate([...parts]);
}

export async function toJson(registry: Registry): Promise<readonly MetricJson[]> {
  return (await registry.getMetricsAsJSON()) as unknown as readonly MetricJson[];
}

/** A gauge is a state, and a process that is gone has none. */
function isCounted({ type }: MetricJson): boolean {
  return type === 'counter' || type === 'histogram';
}

function loopDelay(report: WorkerReport): number {
  const found = report.metrics.find(({ name }) => name === 'vectorvue_event_loop_delay_seconds');
  return found?.values[0]?.value ?? 0;
}
