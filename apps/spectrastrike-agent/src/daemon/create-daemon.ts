import { recordMeasuredRun } from '../attestation/measure-run.ts';
import type { RecordedRun } from '../attestation/run-store.ts';
import { agentVersion } from '../cli/agent-version.ts';
import type { CliContext } from '../cli/cli-context.ts';
import type { DaemonConfig, FeedbackConfig } from '../config.ts';
import type { Logger } from '../logging.ts';
import { createPolicyEngine } from '../policy/policy-engine.ts';
import { createSpool } from '../spool/spool.ts';
import type { State } from '../state/open-state.ts';
import { readDeliveryStatus } from '../status/delivery-status.ts';
import { daemonJson, deliveryJson } from '../status/status-json.ts';
import { feedbackLoop, type LoopParts } from './feedback-loop.ts';
import { type GatewayWorker, startGatewayWorker, type WorkerParts } from './gateway-worker.ts';
import { isSameLink, linksOf } from './links.ts';
import type { DaemonContext } from './service.ts';
import type { RunningServices } from './start-services.ts';

/** A measurement is made anew after so long, so that what runs for months says how it is now. Milliseconds. */
const MEASURE_EVERY_MS = 3_600_000;

export interface DaemonParts {
  readonly context: CliContext;
  readonly config: DaemonConfig;
  readonly state: State;
  readonly logger: Logger;
}

export interface Daemon {
  readonly context: DaemonContext;
  /** Unix milliseconds. */
  readonly startedAtMs: number;
  /** The gateways' workers, one each. */
  start(): void;
  setServices(services: RunningServices): void;
  nudge(): void;
  wake(): void;
  /** Gateways that are new start, those that are gone end, those that changed start anew; the others do not notice. */
  reconfigure(config: DaemonConfig): Promise<void>;
  close(): Promise<void>;
}

export function createDaemon({ context, config: first, state, logger }: DaemonParts): Daemon {
  let config = first;
  let workers: readonly GatewayWorker[] = [];
  let services: RunningServices | null = null;
  const startedAtMs = context.now();
  const version = agentVersion();
  const nudge = (): void => {
    for (const worker of workers) worker.nudge();
  };
  let waking = new AbortController();
  const wake = (): void => {
    for (const worker of workers) worker.wake();
    const before = waking;
    waking = new AbortController();
    before.abort();
  };
  const spool = createSpool(state, { now: context.now, bounds: () => config.bounds, onEnqueued: nudge });
  const measured = measuredRuns(context, state);
  const beside: WorkerParts['beside'] = async (own, declared, connection) => {
    const parts: LoopParts = {
      context: own,
      state,
      logger,
      connection,
      config: () => config,
      onPolicyChanged: measured.forget,
      woken: () => waking.signal,
      random: Math.random,
    };
    await Promise.all(declared.map((lane) => feedbackLoop(parts, lane)));
  };
  const begin = (link: GatewayWorker['link']): GatewayWorker =>
    startGatewayWorker({ link, state, spool, logger, context, beside });
  return {
    startedAtMs,
    context: {
      state,
      spool,
      policy: createPolicyEngine(state.db),
      logger,
      process: context,
      signal: context.signal,
      config: () => config,
      laneOf: (tenantId) => laneOf(config.lanes, tenantId),
      measuredRun: measured.of,
      admit: (bytes) => spool.admit(bytes),
      wake,
      status: () => {
        const nowMs = context.now();
        const own = { pid: process.pid, startedAtMs, version, services: services?.status() ?? [] };
        return {
          daemon: daemonJson(own, nowMs),
          ...deliveryJson(readDeliveryStatus(state, spool, nowMs), config.bounds),
        };
      },
    },
    start: () => {
      workers = linksOf(config.lanes).map(begin);
    },
    setServices: (running) => {
      services = running;
    },
    nudge,
    wake,
    reconfigure: async (next) => {
      const links = linksOf(next.lanes);
      const kept = workers.filter((one) => links.some((link) => isSameLink(link, one.link)));
      const ended = workers.filter((one) => !kept.includes(one));
      const fresh = links.filter((link) => !kept.some((one) => isSameLink(link, one.link)));
      config = next;
      measured.forget();
      // Two workers of one gateway would send everything twice: the new one waits for the old one, and nobody else does.
      const isFree = (link: GatewayWorker['link']) => !ended.some((one) => one.link.url === link.url);
      workers = [...kept, ...fresh.filter(isFree).map(begin)];
      await Promise.all(
        ended.map(async (one) => {
          await one.close();
          const next = fresh.find((link) => link.url === one.link.url);
          if (next !== undefined && !context.signal.aborted) workers = [...workers, begin(next)];
        }),
      );
    },
    close: async () => {
      await Promise.all(workers.map((one) => one.close()));
    },
  };
}

function laneOf(lanes: readonly FeedbackConfig[], tenantId: string | undefined): FeedbackConfig | null {
  if (tenantId === undefined) return lanes.length === 1 ? (lanes[0] ?? null) : null;
  return lanes.find((one) => one.tenantId.toLowerCase() === tenantId.toLowerCase()) ?? null;
}

/** One measurement a lane, kept for an hour: it hashes the installation. */
function measuredRuns(context: CliContext, state: State) {
  const kept = new Map<string, { readonly atMs: number; readonly run: Promise<RecordedRun> }>();
  return {
    forget: () => kept.clear(),
    of: (lane: FeedbackConfig): Promise<RecordedRun> => {
      const key = `${lane.gatewayUrl} ${lane.operatorId} ${lane.tenantId}`;
      const known = kept.get(key);
      const nowMs = context.now();
      if (known !== undefined && Math.abs(nowMs - known.atMs) < MEASURE_EVERY_MS) return known.run;
      const run = recordMeasuredRun(state, lane, null, context);
      kept.set(key, { atMs: nowMs, run });
      // One that failed (the disk was full) is not kept.
      run.catch(() => kept.delete(key));
      return run;
    },
  };
}
