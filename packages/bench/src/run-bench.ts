import { randomBytes } from 'node:crypto';
import { cpus, loadavg } from 'node:os';
import { startPostgres } from '@nyxera/federation-testing/postgres';
import { temporaryDirectory } from '@nyxera/federation-testing/temporary-directory';
import type { BenchContext } from './bench-context.ts';
import { generatorCore } from './child.ts';
import { fillStore } from './fill-store.ts';
import { startGenerator } from './generator.ts';
import { judgeGoals } from './goals.ts';
import { measureAgent } from './measure-agent.ts';
import { measureBare } from './measure-bare.ts';
import { measureGateway, measureHalfLoad } from './measure-gateway.ts';
import { measureInsert } from './measure-insert.ts';
import { measureVerify } from './measure-verify.ts';
import { effortOf, type Options } from './options.ts';
import { startGateway } from './programs.ts';
import type { FilledMeasurement, GatewayMeasurement, Report } from './report.ts';
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
  const postgres = await startPostgres();
  const generator = await startGenerator(core);
  const source = loadEvents(5_000);
  const nextRun = (): string => randomBytes(4).toString('hex');
  try {
    const template = await postgres.createDatabase();
    await (await startGateway(world.gatewayEnvironment(nextRun(), template))).stop();
    const emptyDatabase = (): Promise<string> => postgres.createDatabase({ template });
    const context: BenchContext = { effort, world, generator, source, emptyDatabase, nextRun, say };
    const numbers = await measureAll(context, options);
    const machine = {
      cores: cpus().length,
      cpu: cpus()[0]?.model ?? 'unknown',
      node: process.versions.node,
      platform: `${process.platform} ${process.arch}`,
      generatorCore: core,
      loadAverageBefore,
      loadAverageAfter: loadavg(),
    };
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
  const bareHttpsPerSecond = await measureBare(context, 'https');
  const bareExpressPerSecond = await measureBare(context, 'express');
  verify();

  const gateways: GatewayMeasurement[] = [];
  const notBuilt: string[] = ['2 workers: VV_TG_WORKERS is not built yet'];
  let batchesBuilt = true;
  for (const database of ['postgresql', 'embedded'] as const) {
    const batches = database === 'postgresql' ? effort.batches : effort.embeddedBatches;
    for (const batch of [null, ...(batchesBuilt ? batches : [])]) {
      say(`gateway on ${database}, ${batch === null ? 'single events' : `batches of ${batch}`}`);
      const measured = await measureGateway(context, { database, batch });
      if (measured === null) {
        notBuilt.push('batches: the gateway answers 404 on their endpoint');
        batchesBuilt = false;
        break;
      }
      gateways.push(measured);
      verify();
    }
  }
  const single = gateways.find((one) => one.database === 'postgresql' && one.batch === null);
  say('latency at half load');
  const halfLoad = single === undefined ? null : await measureHalfLoad(context, single.requestsPerSecond);
  say('bare inserts');
  const bareInsertSinglesPerSecond = await bareInsert(context, 100, 1);
  const bareInsertBatchesPerSecond = await bareInsert(context, 1, 1000);
  verify();
  say('agent');
  const agent = await measureAgent(context);
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
    bareHttpsPerSecond,
    bareExpressPerSecond,
    bareInsertSinglesPerSecond,
    bareInsertBatchesPerSecond,
    gateways,
    halfLoad,
    agent,
    filled,
    notBuilt,
  };
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
  const gateway = await measureGateway(context, { database: 'postgresql', batch: null, databaseUrl });
  if (gateway === null) throw new Error('the gateway does not know the endpoint for single events');
  return { nonces, events, prepareSeconds, gateway };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
