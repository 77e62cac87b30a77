import { randomBytes } from 'node:crypto';
import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { startPostgres } from '@nyxera/federation-testing/postgres';
import { temporaryDirectory } from '@nyxera/federation-testing/temporary-directory';
import pg from 'pg';
import type { BenchContext } from '../bench-context.ts';
import { generatorCore } from '../child.ts';
import { startGenerator } from '../generator.ts';
import { describeMachine } from '../machine.ts';
import type { Options } from '../options.ts';
import { effortOf } from '../options.ts';
import { postgresSettings } from '../postgres-settings.ts';
import { type RunningGateway, runProgram, startGateway } from '../programs.ts';
import { loadEvents } from '../source-events.ts';
import { buildWorld } from '../world.ts';
import type { ConsoleReport } from './console-report.ts';
import { copyRows, OTHER_TENANT } from './copy-rows.ts';
import { judgeConsole } from './judge-console.ts';
import { type Common, filterValues, listCalls } from './list-calls.ts';
import { measureCalls } from './measure-calls.ts';
import { measureFirstView } from './measure-first-view.ts';
import { measureIngestion } from './measure-ingestion.ts';
import { openSession } from './open-session.ts';
import { sendOriginals } from './send-originals.ts';

const DOCUMENT = fileURLToPath(
  new URL('../../../../apps/vectorvue-gateway/openapi/console.json', import.meta.url),
);

interface ConsoleEffort {
  readonly originals: number;
  readonly events: number;
  readonly callsEach: number;
  readonly turns: number;
  readonly openings: number;
}

function consoleEffort({ smoke }: Options): ConsoleEffort {
  return smoke
    ? { originals: 40, events: 400, callsEach: 1, turns: 1, openings: 1 }
    : { originals: 2_000, events: 1_000_000, callsEach: 20, turns: 4, openings: 7 };
}

/** The console over many events, in one run on one machine. */
export async function runConsoleBench(options: Options, say: (text: string) => void): Promise<ConsoleReport> {
  const loadAverageBefore = loadavg();
  // Seconds of the quick form: what is compared here takes turns.
  const effort = effortOf({ ...options, quick: true });
  const amounts = consoleEffort(options);
  const core = generatorCore();
  const directory = temporaryDirectory('bench-console');
  const world = await buildWorld(directory.path);
  const settings = postgresSettings();
  const postgres = await startPostgres({ settings });
  const generator = await startGenerator(core, effort.sourceEvents);
  // Dense enough that what must become findings is among the first few.
  const source = loadEvents(5_000);
  const nextRun = (): string => randomBytes(4).toString('hex');
  const emptyDatabase = (): Promise<string> => postgres.createDatabase();
  const context: BenchContext = { effort, world, generator, source, emptyDatabase, nextRun, say };
  let gateway: RunningGateway | null = null;
  try {
    const databaseUrl = await emptyDatabase();
    const environment = world.gatewayEnvironment(nextRun(), databaseUrl);
    gateway = await startGateway(environment);
    say(`${amounts.originals} real events, and requests that must be refused`);
    await runProgram('gateway', ['tenant', 'create', OTHER_TENANT], environment);
    await sendOriginals(context, gateway, amounts.originals);
    await gateway.stop();
    const stored = await copyRows(databaseUrl, amounts.events, say);
    gateway = await startGateway(environment);
    const session = await openSession(environment, gateway.adminListen);
    const calls = listCalls(DOCUMENT, filterValues(await findCommon(databaseUrl), new Date()));
    say(`${calls.length} calls of the API, ${amounts.callsEach} times each`);
    const measured = await measureCalls(session, calls, amounts.callsEach);
    say('first view');
    const firstView = await measureFirstView(session, amounts.openings);
    const ingestion = await measureIngestion(context, gateway, session, amounts.turns);
    const numbers = { source: source.name, stored, calls: measured, ingestion, firstView };
    const machine = describeMachine(core, settings, loadAverageBefore);
    return { madeAt: new Date().toISOString(), machine, ...numbers, goals: judgeConsole(numbers) };
  } finally {
    await gateway?.stop();
    await generator.stop();
    await postgres.stop();
    directory.remove();
  }
}

/** Of events in the middle of the store. */
const COMMON = `WITH sample AS (
  SELECT execution_hash, techniques FROM federation.events OFFSET (SELECT count(*) / 2 FROM federation.events) LIMIT 1000
)
SELECT (SELECT execution_hash FROM sample LIMIT 1) AS fingerprint, technique
  FROM sample CROSS JOIN unnest(techniques) AS technique GROUP BY technique ORDER BY count(*) DESC LIMIT 1`;

async function findCommon(databaseUrl: string): Promise<Common> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const [common] = (await client.query<Common>(COMMON)).rows;
    if (common === undefined) throw new Error('nothing is stored');
    return common;
  } finally {
    await client.end();
  }
}
