import { randomBytes } from 'node:crypto';
import { loadavg } from 'node:os';
import { startPostgres } from '@nyxera/federation-testing/postgres';
import { temporaryDirectory } from '@nyxera/federation-testing/temporary-directory';
import type { BenchContext } from './bench-context.ts';
import { generatorCore } from './child.ts';
import { fillStore } from './fill-store.ts';
import { startGenerator } from './generator.ts';
import { judgeGoals } from './goals.ts';
import { describeMachine } from './machine.ts';
import { measureAgent } from './measure-agent.ts';
import { measureBare } from './measure-bare.ts';
import { measureConnections } from './measure-connections.ts';
import { measureGateway, measureHalfLoad } from './measure-gateway.ts';
import { measureGateways } from './measure-gateways.ts';
import { measureInsert } from './measure-insert.ts';
import { measureSpool } from './measure-spool.ts';
import { measureVerify } from './measure-verify.ts';
import { effortOf, type Options } from './options.ts';
import { postgresSettings } from './postgres-settings.ts';
import { startGateway } from './programs.ts';
import type { AgentMeasurement, FilledMeasurement, Report, SpoolMeasurement } from './report.ts';
import { loadEvents } from './source-events.ts';
import { buildWorld } from './world.ts';

/** Of the signed message: a real event, its envelope, timestamp and nonce. */
const MESSAGE_BYTES = 2_200;

/** Everything, one after the other, on one machine, in one run: only ratios of one run mean anything. */
export async function runBench(options: Options, say: (text: string) => void): Promise<Report> {
  const effort = effortOf(options);
  const loadAverageBefore = loadavg();
  const core = generatorCore();
  const directory = temporaryDirectory('bench');
  const world = await buildWorld(directory.path);
  const settings = postgresSettings();
  const postgres = await startPostgres({ settings });
  const generator = await startGenerator(core, effort.sourceEvents);
  const source = loadEvents(effort.sourceEvents);
  const nextRun = (): string => randomBytes(4).toString('hex');
  try {
    const template = await postgres.createDatabase();
    await (await startGateway(world.gatewayEnvironment(nextRun(), template))).stop();
    const emptyDatabase = (): Promise<string> => postgres.createDatabase({ template });
    const context: BenchContext = { effort, world, generator, source, emptyDatabase, nextRun, say };
    const numbers = await measureAll(context, options);
    const machine = describeMachine(core, settings, loadAverageBefore);
    const madeAt = new Date().toISOString();
    return { madeAt, machine, effort: { ...effort }, ...numbers, goals: judgeGoals(numbers) };
  } finally {
    await generator.stop();
    await postgres.stop();
    directory.remove();
  }
}

type Numbers = Omit<Report, 'madeAt' | 'machine' | 'effort' | 'goals'>;

async function measureAll(context: BenchContext, options: Options): Promise<Numbers> {
  const { effort, source, say } = context;
  const verifySamples: number[] = [];
  // Between the measurements, because the machine is not equally fast all the time.
  const verify = (): void => {
    verifySamples.push(measureVerify(MESSAGE_BYTES, effort.verifySeconds));
  };
  verify();
  say('bare servers');
  const bare = [await measureBare(context, 'https'), await measureBare(context, 'express')];
  verify();
  const { gateways, idle, notMeasured } = await measureGateways(context, verify);
  const single = gateways.find((one) => one.database === 'postgresql' && one.batch === null);
  say('latency at half load');
  const halfLoad = single === undefined ? null : await measureHalfLoad(context, single.requestsPerSecond);
  say('bare inserts');
  const bareInsertSinglesPerSecond = await bareInsert(context, 100, 1);
  const bareInsertBatchesPerSecond = await bareInsert(context, 1, 1000);
  verify();
  const { agent, spool } = await measureAgents(context);
  say(`${effort.idleConnections} idle connections`);
  const connections = await measureConnections(context);
  const filled = options.filled ? await measureFilled(context) : null;
  if (options.profile !== null) {
    say('gateway under --cpu-prof');
    const profiled = { database: 'postgresql', batch: null, profileDirectory: options.profile } as const;
    await measureGateway(context, profiled);
  }
  verify();
  return {
    source: source.name,
    verifyPerSecond: median(verifySamples),
    verifySamples,
    bare,
    bareInsertSinglesPerSecond,
    bareInsertBatchesPerSecond,
    gateways,
    halfLoad,
    agent,
    spool,
    connections,
    idle,
    filled,
    notMeasured,
  };
}

/** Both against one gateway. */
async function measureAgents(
  context: BenchContext,
): Promise<{ readonly agent: AgentMeasurement; readonly spool: SpoolMeasurement }> {
  const { effort, world, say } = context;
  const databaseUrl = await context.emptyDatabase();
  const gateway = await startGateway(world.gatewayEnvironment(context.nextRun(), databaseUrl));
  try {
    say('agent');
    const agent = await measureAgent(context, gateway);
    say(`agent with ${effort.spooledEvents} events in its spool`);
    return { agent, spool: await measureSpool(context, gateway, databaseUrl) };
  } finally {
    await gateway.stop();
  }
}

async function bareInsert(context: BenchContext, requests: number, perRequest: number): Promise<number> {
  const databaseUrl = await context.emptyDatabase();
  const shape = { run: context.nextRun(), requests, perRequest };
  return await measureInsert(databaseUrl, context.source, shape, context.effort);
}

async function measureFilled(context: BenchContext): Promise<FilledMeasurement> {
  const { filledNonces: nonces, filledEvents: events } = context.effort;
  context.say(`filling the store with ${nonces} nonces and ${events} events`);
  const databaseUrl = await context.emptyDatabase();
  const amount = { nonces, events, bodyBytes: MESSAGE_BYTES };
  const prepareSeconds = await fillStore(databaseUrl, amount, context.say);
  const way = { database: 'postgresql', batch: null } as const;
  const empty = await measureGateway(context, way);
  const gateway = await measureGateway(context, { ...way, databaseUrl });
  if (gateway === null || empty === null) throw new Error('one process is what every gateway runs');
  return { nonces, events, prepareSeconds, gateway, empty };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
