import { mkdirSync } from 'node:fs';
import type { BenchContext } from './bench-context.ts';
import type { JobResult } from './generator-job.ts';
import { targetOf } from './measure-bare.ts';
import { type RunningGateway, startGateway } from './programs.ts';
import type { GatewayMeasurement, LatencyMeasurement } from './report.ts';
import { countStored, countStoredEmbedded, type Stored } from './stored.ts';

export interface Way {
  readonly database: 'postgresql' | 'embedded';
  readonly batch: number | null;
  /** An existing database of a gateway; absent: a new and empty one. */
  readonly databaseUrl?: string;
  /** Where a CPU profile of the gateway is left. */
  readonly profileDirectory?: string;
}

/** The maximum: a gateway of its own on a clean database, closed loop. Null: it does not know the endpoint (404). */
export async function measureGateway(context: BenchContext, way: Way): Promise<GatewayMeasurement | null> {
  const connections = connectionsFor(context, way.batch);
  const run = (gateway: RunningGateway) => drive(context, gateway, { ...way, connections, rate: null });
  const { result, before, after, rssMiB } = await withGateway(context, way, run);
  if ((result.statuses[404] ?? 0) > 0) return null;
  const eventsStored = after.events - before.events;
  return {
    database: way.database,
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
  };
}

/** Open loop at half of `maximum` requests a second, single events, PostgreSQL. */
export async function measureHalfLoad(context: BenchContext, maximum: number): Promise<LatencyMeasurement> {
  const { connections } = context.effort;
  const way: Way = { database: 'postgresql', batch: null };
  const rate = Math.max(1, maximum / 2);
  const run = (gateway: RunningGateway) => drive(context, gateway, { ...way, connections, rate });
  const { result, before, after } = await withGateway(context, way, run);
  return {
    requestsPerSecond: rate,
    latencyMs: result.latencyMs,
    statuses: result.statuses,
    eventsSent: result.eventsSent,
    eventsStored: after.events - before.events,
  };
}

/** Large requests take fewer connections: a gateway that holds 256 bodies of 2 MB is another measurement. */
function connectionsFor({ effort }: BenchContext, batch: number | null): number {
  if (batch === null || batch <= 10) return effort.connections;
  return Math.min(effort.connections, batch <= 100 ? 32 : 8);
}

interface Driven {
  readonly result: JobResult;
  readonly before: Stored;
  readonly after: Stored;
  readonly rssMiB: GatewayMeasurement['rssMiB'];
}

/** Starts a gateway, counts, lets `run` send, stops it, and counts again. */
async function withGateway(
  context: BenchContext,
  way: Way,
  run: (gateway: RunningGateway) => Promise<JobResult>,
): Promise<Driven> {
  const name = context.nextRun();
  const isPostgres = way.database === 'postgresql';
  const databaseUrl = isPostgres ? (way.databaseUrl ?? (await context.emptyDatabase())) : null;
  const environment = context.world.gatewayEnvironment(name, databaseUrl);
  const profile = way.profileDirectory ?? null;
  if (profile !== null) mkdirSync(profile, { recursive: true });
  // An embedded database begins with the same empty tables as the other one, and only its gateway can make it.
  const before = await countStored(databaseUrl ?? (await context.emptyDatabase()));
  const gateway = await startGateway(environment, profile);
  let result: JobResult;
  let rssMiB: GatewayMeasurement['rssMiB'];
  try {
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
