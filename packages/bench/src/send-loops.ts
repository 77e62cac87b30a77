import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from './connection.ts';

/** What a loop needs of a connection. */
export type Sender = Pick<Connection, 'send'>;

export type Statuses = Record<string, number>;

export interface Sent {
  readonly seconds: number;
  readonly statuses: Statuses;
  /** Milliseconds, in order of the answers. */
  readonly latencies: Float64Array;
  /** Milliseconds by which requests left late although a connection was free: the generator's own doing. */
  readonly late: Float64Array;
  /** Processor seconds of this process meanwhile. */
  readonly cpuSeconds: number;
  /** Without its beginning and its end; the whole where there is nothing between them. */
  readonly steady: Steady;
}

/** Answers by seconds, while every connection was at work. */
export interface Steady {
  readonly answers: number;
  readonly seconds: number;
}

const NOTHING = new Float64Array(0);

function cpuSecondsSince(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1_000_000;
}

/**
 * Closed loop: every connection sends its next request as soon as it has its answer. For the maximum, which is counted from
 * when each connection has had an answer until the last request has left: before and after, some of them have nothing to
 * do, and with eight connections and answers of a second that is a third of a round.
 */
export async function sendClosed(connections: readonly Sender[], requests: Buffer[]): Promise<Sent> {
  const total = requests.length;
  const latencies = new Float64Array(total);
  const statuses: Statuses = {};
  const cpu = process.cpuUsage();
  const started = performance.now();
  let next = 0;
  let answered = 0;
  const silent = new Set(connections.slice(0, total));
  let begun: Moment | null = null;
  let ended: Moment | null = null;
  const now = (): Moment => ({ answered, seconds: (performance.now() - started) / 1000 });
  await new Promise<void>((resolve) => {
    const step = (connection: Sender): void => {
      const request = requests[next];
      if (request === undefined) return;
      next += 1;
      if (next === total) ended = now();
      const at = performance.now();
      connection.send(request, (status) => {
        latencies[answered] = performance.now() - at;
        answered += 1;
        statuses[status] = (statuses[status] ?? 0) + 1;
        if (silent.delete(connection) && silent.size === 0) begun = now();
        if (answered === total) resolve();
        else step(connection);
      });
    };
    for (const connection of connections) step(connection);
  });
  const { seconds } = now();
  const steady = between(begun, ended) ?? { answers: total, seconds };
  return { seconds, statuses, latencies, late: NOTHING, cpuSeconds: cpuSecondsSince(cpu), steady };
}

interface Moment {
  readonly answered: number;
  readonly seconds: number;
}

function between(begun: Moment | null, ended: Moment | null): Steady | null {
  if (begun === null || ended === null || ended.answered <= begun.answered) return null;
  return { answers: ended.answered - begun.answered, seconds: ended.seconds - begun.seconds };
}

/**
 * Open loop: request `n` is due at `n / rate`, whatever became of those before it. Its latency counts from when
 * it was due, also when it had to wait for a connection: no coordinated omission. The timer's millisecond is in it.
 */
export async function sendOpen(
  connections: readonly Sender[],
  requests: readonly Buffer[],
  rate: number,
): Promise<Sent> {
  const total = requests.length;
  const latencies = new Float64Array(total);
  const statuses: Statuses = {};
  const late = new Float64Array(total);
  const idle = [...connections];
  const cpu = process.cpuUsage();
  const started = performance.now();
  const due = (index: number): number => started + (index * 1000) / rate;
  const countDue = (): number => Math.ceil(((performance.now() - started) * rate) / 1000);
  let next = 0;
  let answered = 0;
  let waited = 0;
  const pump = (): void => {
    while (next < total && due(next) <= performance.now()) {
      // From now on it is the gateway that is waited for.
      if (idle.length === 0) waited = Math.max(waited, countDue());
      // The one that has rested longest: one that never gets its turn would be closed by the gateway.
      const connection = idle.shift();
      const request = requests[next];
      if (connection === undefined || request === undefined) return;
      const dueAt = due(next);
      late[next] = next < waited ? Number.NaN : performance.now() - dueAt;
      next += 1;
      connection.send(request, (status) => {
        latencies[answered] = performance.now() - dueAt;
        answered += 1;
        statuses[status] = (statuses[status] ?? 0) + 1;
        idle.push(connection);
        pump();
      });
    }
  };
  while (answered < total) {
    pump();
    await sleep(1);
  }
  const seconds = (performance.now() - started) / 1000;
  const own = late.filter((ms) => !Number.isNaN(ms));
  const steady = { answers: total, seconds };
  return { seconds, statuses, latencies, late: own, cpuSeconds: cpuSecondsSince(cpu), steady };
}
