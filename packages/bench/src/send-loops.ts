import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from './connection.ts';

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
}

const NOTHING = new Float64Array(0);

function cpuSecondsSince(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1_000_000;
}

/** Closed loop: every connection sends its next request as soon as it has its answer. For the maximum. */
export async function sendClosed(connections: readonly Connection[], requests: Buffer[]): Promise<Sent> {
  const total = requests.length;
  const latencies = new Float64Array(total);
  const statuses: Statuses = {};
  const cpu = process.cpuUsage();
  const started = performance.now();
  let next = 0;
  let answered = 0;
  await new Promise<void>((resolve) => {
    const step = (connection: Connection): void => {
      const request = requests[next];
      if (request === undefined) return;
      next += 1;
      const at = performance.now();
      connection.send(request, (status) => {
        latencies[answered] = performance.now() - at;
        answered += 1;
        statuses[status] = (statuses[status] ?? 0) + 1;
        if (answered === total) resolve();
        else step(connection);
      });
    };
    for (const connection of connections) step(connection);
  });
  const seconds = (performance.now() - started) / 1000;
  return { seconds, statuses, latencies, late: NOTHING, cpuSeconds: cpuSecondsSince(cpu) };
}

/**
 * Open loop: request `n` is due at `n / rate`, whatever became of those before it. Its latency counts from when
 * it was due, also when it had to wait for a connection: no coordinated omission. The timer's millisecond is in it.
 */
export async function sendOpen(
  connections: readonly Connection[],
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
      const connection = idle.pop();
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
  return { seconds, statuses, latencies, late: own, cpuSeconds: cpuSecondsSince(cpu) };
}
