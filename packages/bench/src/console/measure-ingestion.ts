import type { BenchContext } from '../bench-context.ts';
import { targetOf } from '../measure-bare.ts';
import type { RunningGateway } from '../programs.ts';
import type { IngestionMeasurement } from './console-report.ts';
import { type ConsoleSession, callConsole } from './open-session.ts';

const OVERVIEWS = 10;

/**
 * Single events at the maximum, without and with ten open overviews, in turns: the machine is not equally fast all the time.
 * An open overview is what its page has open: the stream of its numbers, read as it comes.
 */
export async function measureIngestion(
  context: BenchContext,
  gateway: RunningGateway,
  session: ConsoleSession,
  turns: number,
): Promise<IngestionMeasurement> {
  const without: number[] = [];
  const withOpen: number[] = [];
  let bytesReceived = 0;
  await send(context, gateway);
  for (let turn = 0; turn < turns; turn += 1) {
    context.say(`ingestion, turn ${turn + 1} of ${turns}`);
    without.push(await send(context, gateway));
    const open = await openOverviews(session);
    withOpen.push(await send(context, gateway));
    bytesReceived += await open.close();
  }
  return {
    overviews: OVERVIEWS,
    without,
    withOpen,
    bytesReceived,
    ratio: median(withOpen) / median(without),
  };
}

async function send(context: BenchContext, gateway: RunningGateway): Promise<number> {
  const { effort, world } = context;
  const { eventsPerSecond, statuses } = await context.generator.run({
    mode: 'closed',
    target: targetOf(context, gateway.port),
    connections: effort.connections,
    batch: null,
    seconds: effort.seconds,
    warmUpSeconds: effort.warmUpSeconds,
    firstRound: effort.firstRound,
    ratePerSecond: 0,
    run: context.nextRun(),
    signingKeyPath: world.signingKeyPath,
    certificateSha256: world.agent.sha256,
  });
  const refused = Object.keys(statuses).filter((status) => status !== '202');
  if (refused.length > 0) throw new Error(`answers other than 202: ${JSON.stringify(statuses)}`);
  return eventsPerSecond;
}

interface OpenOverviews {
  /** Ends them; how many bytes came. @throws Error where one had ended by itself. */
  close(): Promise<number>;
}

async function openOverviews(session: ConsoleSession): Promise<OpenOverviews> {
  const ending = new AbortController();
  const reading: Promise<number>[] = [];
  for (let at = 0; at < OVERVIEWS; at += 1) {
    const answer = await callConsole(session, '/overview/live', ending.signal);
    if (!answer.ok) throw new Error(`an overview is not live: ${answer.status}`);
    reading.push(countBytes(answer, ending.signal));
  }
  return {
    close: async () => {
      ending.abort();
      const counts = await Promise.all(reading);
      return counts.reduce((sum, count) => sum + count, 0);
    },
  };
}

async function countBytes(answer: Response, signal: AbortSignal): Promise<number> {
  let bytes = 0;
  try {
    for await (const chunk of answer.body ?? []) bytes += (chunk as Uint8Array).length;
  } catch (error) {
    if (signal.aborted) return bytes;
    throw error;
  }
  throw new Error('an open overview was ended by the gateway');
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle) - 1] ?? Number.NaN)) / 2;
}
