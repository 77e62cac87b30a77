/** The load generator, a process of its own: it signs outside the measured time, sends, and tells its parent. */
import { type Connection, openConnections } from './connection.ts';
import type { IdleResult, Job, JobResult } from './generator-job.ts';
import { percentiles } from './percentiles.ts';
import { createRequestMaker, type RequestMaker } from './prepare-requests.ts';
import { type Sent, type Statuses, sendClosed, sendOpen } from './send-loops.ts';
import { loadEvents } from './source-events.ts';

/** A request must still be fresh when its turn comes: 30 s of skew, less the time of signing. */
const MAX_ROUND_SECONDS = 8;
/** Shorter ones would measure their own beginning and end. */
const MIN_ROUND_SECONDS = 0.5;
/** Bytes of requests that are held prepared at once. */
const MAX_ROUND_BYTES = 96 * 1024 * 1024;
/** Connections that send at once, where all are to send once. */
const IDLE_STEP = 64;

const source = loadEvents(Number(process.argv[2]));

async function run(job: Job): Promise<JobResult | IdleResult> {
  if (job.mode === 'idle') return await idle(job);
  const connections = await openConnections(job.target, job.connections);
  try {
    const maker = createRequestMaker(source, job.run, job);
    return job.mode === 'closed'
      ? await closed(job, connections, maker)
      : await open(job, connections, maker);
  } finally {
    for (const connection of connections) connection.close();
  }
}

let idling: readonly Connection[] = [];

/** Each connection does one request, as an agent that had something to say, and then nothing. */
async function idle(job: Job): Promise<IdleResult> {
  if (job.connections === 0) {
    const left = idling.filter((connection) => connection.isOpen).length;
    for (const connection of idling) connection.close();
    idling = [];
    return { opened: left, answered: 0 };
  }
  const maker = createRequestMaker(source, job.run, job);
  const opened: Connection[] = [];
  let answered = 0;
  // Sent at once: who connects and says nothing for ten seconds is taken for a slowloris.
  while (opened.length < job.connections) {
    const some = await openConnections(job.target, Math.min(IDLE_STEP, job.connections - opened.length));
    const { statuses } = await sendClosed(some, prepare(maker, job.batch, some.length));
    answered += statuses[202] ?? 0;
    opened.push(...some);
  }
  idling = opened;
  return { opened: idling.length, answered };
}

/** Rounds until the measured time is enough; what is sent before `warmUpSeconds` counts as sent, not as measured. */
async function closed(job: Job, connections: readonly Connection[], maker: RequestMaker): Promise<JobResult> {
  const measured: Sent[] = [];
  const sent: Sent[] = [];
  let bytes = 0;
  let size = Math.max(connections.length, Math.ceil(job.firstRound / (job.batch ?? 1)));
  let warm = 0;
  let seconds = 0;
  while (seconds < job.seconds) {
    const requests = prepare(maker, job.batch, size);
    bytes = (requests[0]?.length ?? 0) + bytes;
    const round = await sendClosed(connections, requests);
    sent.push(round);
    const isWarmUp = warm < job.warmUpSeconds || sent.length === 1;
    if (isWarmUp) warm += round.seconds;
    else {
      measured.push(round);
      seconds += round.seconds;
    }
    if ((round.statuses[202] ?? 0) === 0) break;
    const remaining = isWarmUp ? Math.max(job.warmUpSeconds - warm, 0) : job.seconds - seconds;
    const perSecond = round.latencies.length / round.seconds;
    const largest = Math.max(1, Math.floor(MAX_ROUND_BYTES / (requests[0]?.length ?? 1)));
    const shortest = Math.min(MIN_ROUND_SECONDS, job.seconds);
    size = Math.ceil(perSecond * Math.min(MAX_ROUND_SECONDS, Math.max(remaining, shortest)));
    size = Math.min(largest, Math.max(size, connections.length));
  }
  return summarise(job, maker, sent, measured, bytes / Math.max(1, sent.length));
}

async function open(job: Job, connections: readonly Connection[], maker: RequestMaker): Promise<JobResult> {
  const rate = job.ratePerSecond;
  const sent: Sent[] = [];
  const measured: Sent[] = [];
  let bytes = 0;
  for (const length of [job.warmUpSeconds, ...split(job.seconds)]) {
    const requests = prepare(maker, job.batch, Math.max(1, Math.ceil(rate * length)));
    bytes += requests[0]?.length ?? 0;
    const round = await sendOpen(connections, requests, rate);
    sent.push(round);
    if (sent.length > 1) measured.push(round);
  }
  return summarise(job, maker, sent, measured, bytes / sent.length);
}

/** Ten seconds at most, so that the last request of a round is still fresh. */
function split(seconds: number): number[] {
  const parts = Math.ceil(seconds / 10);
  return Array.from({ length: parts }, () => seconds / parts);
}

function prepare(maker: RequestMaker, batch: number | null, count: number): Buffer[] {
  return Array.from({ length: count }, () => maker.next(batch));
}

function summarise(
  job: Job,
  maker: RequestMaker,
  sent: readonly Sent[],
  measured: readonly Sent[],
  bytesPerRequest: number,
): JobResult {
  const seconds = measured.reduce((sum, round) => sum + round.seconds, 0);
  const steadySeconds = measured.reduce((sum, { steady }) => sum + steady.seconds, 0);
  const requestsPerSecond = measured.reduce((sum, { steady }) => sum + steady.answers, 0) / steadySeconds;
  return {
    source: source.name,
    eventsSent: maker.made,
    statuses: addUp(sent.map(({ statuses }) => statuses)),
    requests: measured.reduce((sum, { latencies }) => sum + latencies.length, 0),
    seconds,
    eventsPerSecond: requestsPerSecond * (job.batch ?? 1),
    requestsPerSecond,
    bytesPerRequest: Math.round(bytesPerRequest),
    latencyMs: percentiles(measured.map(({ latencies }) => latencies)),
    lateMs: percentiles(measured.map(({ late }) => late)),
    busy: measured.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0) / seconds,
  };
}

function addUp(all: readonly Statuses[]): Statuses {
  const sum: Statuses = {};
  for (const statuses of all) {
    for (const [status, count] of Object.entries(statuses)) sum[status] = (sum[status] ?? 0) + count;
  }
  return sum;
}

process.on('message', (job: Job) => {
  run(job).then(
    (result) => process.send?.({ result }),
    (fault: unknown) => process.send?.({ fault: fault instanceof Error ? fault.stack : String(fault) }),
  );
});
process.on('disconnect', () => process.exit(0));
process.send?.('ready');
