import { mkdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { prepareEmbedded } from '@nyxera/federation-testing';
import type { BenchContext } from './bench-context.ts';
import type { Environment } from './config.ts';
import type { JobResult } from './generator-job.ts';
import { targetOf } from './measure-bare.ts';
import type { Memory } from './process-memory.ts';
import { type RunningGateway, startGateway } from './programs.ts';
import type { GatewayMeasurement, LatencyMeasurement } from './report.ts';
import { countStored, countStoredEmbedded, type Stored } from './stored.ts';
import { watchDisk } from './watch-disk.ts';

export interface Way {
  readonly database: 'postgresql' | 'embedded';
  readonly batch: number | null;
  /** Default 1. */
  readonly workers?: number;
  /** An existing database of a gateway; absent: a new and empty one. */
  readonly databaseUrl?: string;
  /** Where a CPU profile of the gateway is left. */
  readonly profileDirectory?: string;
  /** Told the resident memory of the gateway when it has started and has nothing to do yet. */
  readonly onIdle?: (rssMiB: number | null) => void;
}

/** The maximum: a gateway of its own on a clean database, closed loop. Null: it does not run so many workers. */
export async function measureGateway(context: BenchContext, way: Way): Promise<GatewayMeasurement | null> {
  const connections = connectionsFor(context, way.batch);
  const workers = way.workers ?? 1;
  const run = async (gateway: RunningGateway): Promise<JobResult | null> =>
    gateway.workers === workers ? drive(context, gateway, { ...way, connections, rate: null }) : null;
  const { result, before, after, rssMiB } = await withGateway(context, way, run);
  if (result === null) return null;
  const eventsStored = after.events - before.events;
  return {
    database: way.database,
    workers,
    batch: way.batch,
    connections,
    eventsPerSecond: result.eventsPerSecond,
    requestsPerSecond: result.requestsPerSecond,
    bytesPerRequest: result.bytesPerRequest,
    statuses: result.statuses,
    eventsSent: result.eventsSent,
    eventsStored,
    latencyAtMaximumMs: result.latencyMs,
    rssMiB,
    diskBytesPerEvent: (after.bytes - before.bytes) / Math.max(1, eventsStored),
    generatorBusy: result.busy,
  };
}

/** Open loop at half of `maximum` requests a second, single events, PostgreSQL. */
export async function measureHalfLoad(context: BenchContext, maximum: number): Promise<LatencyMeasurement> {
  const { connections } = context.effort;
  const way: Way = { database: 'postgresql', batch: null };
  const rate = Math.max(1, maximum / 2);
  const run = (gateway: RunningGateway) =>
    watchDisk(context.world.directory, () => drive(context, gateway, { ...way, connections, rate }));
  const { result: watched, before, after } = await withGateway(context, way, run);
  const { result, diskMs } = watched;
  return {
    diskMs,
    requestsPerSecond: rate,
    latencyMs: result.latencyMs,
    generatorLateMs: result.lateMs,
    statuses: result.statuses,
    eventsSent: result.eventsSent,
    eventsStored: after.events - before.events,
  };
}

/** Large requests take fewer connections (of 256: 32 and 8): one that holds 256 bodies of 2 MB is another measurement. */
function connectionsFor({ effort }: BenchContext, batch: number | null): number {
  if (batch === null || batch <= 10) return effort.connections;
  return Math.ceil(effort.connections / (batch <= 100 ? 8 : 32));
}

interface Driven<Result> {
  readonly result: Result;
  readonly before: Stored;
  readonly after: Stored;
  readonly rssMiB: Memory | null;
}

/** Starts a gateway, counts, lets `run` send, stops it, and counts again. */
async function withGateway<Result>(
  context: BenchContext,
  way: Way,
  run: (gateway: RunningGateway) => Promise<Result>,
): Promise<Driven<Result>> {
  const name = context.nextRun();
  const isPostgres = way.database === 'postgresql';
  const databaseUrl = isPostgres ? (way.databaseUrl ?? (await context.emptyDatabase())) : null;
  const environment: Environment = {
    ...context.world.gatewayEnvironment(name, databaseUrl),
    ...(way.workers === undefined ? {} : { VV_TG_WORKERS: String(way.workers) }),
  };
  const profile = way.profileDirectory ?? null;
  if (profile !== null) mkdirSync(profile, { recursive: true });
  // An embedded database begins with the same empty tables as the other one, and only its gateway can make it.
  const before = await countStored(databaseUrl ?? (await context.emptyDatabase()));
  if (databaseUrl === null) await prepareEmbedded(environment.VV_TG_DATA_DIR ?? '');
  const gateway = await startGateway(environment, profile);
  let result: Result;
  let rssMiB: Memory | null;
  try {
    if (way.onIdle !== undefined) {
      await sleep(context.effort.settleMs);
      way.onIdle(gateway.memory()?.nowMiB ?? null);
    }
    result = await run(gateway);
    rssMiB = gateway.memory();
  } finally {
    await gateway.stop();
  }
  const dataDirectory = environment.VV_TG_DATA_DIR ?? '';
  const after = await (databaseUrl === null ? countStoredEmbedded(dataDirectory) : countStored(databaseUrl));
  return { result, before, after, rssMiB };
}

function drive(
  context: BenchContext,
  gateway: RunningGateway,
  how: Way & { readonly connections: number; readonly rate: number | null },
): Promise<JobResult> {
  const { effort, world } = context;
  return context.generator.run({
    mode: how.rate === null ? 'closed' : 'open',
    target: targetOf(context, gateway.port),
    connections: how.connections,
    batch: how.batch,
    seconds: effort.seconds,
    warmUpSeconds: effort.warmUpSeconds,
    firstRound: effort.firstRound,
    ratePerSecond: how.rate ?? 0,
    run: context.nextRun(),
    signingKeyPath: world.signingKeyPath,
    certificateSha256: world.agent.sha256,
  });
}
