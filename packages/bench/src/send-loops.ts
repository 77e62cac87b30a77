import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from './connection.ts';

export type Statuses = Record<string, number>;

export interface Sent {
  readonly seconds: number;
  readonly statuses: Statuses;
  /** Milliseconds, in order of the answers. */
  readonly latencies: Float64Array;
}

/** Closed loop: every connection sends its next request as soon as it has its answer. For the maximum. */
export async function sendClosed(connections: readonly Connection[], requests: Buffer[]): Promise<Sent> {
  const total = requests.length;
  const latencies = new Float64Array(total);
  const statuses: Statuses = {};
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
  return { seconds: (performance.now() - started) / 1000, statuses, latencies };
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
  const idle = [...connections];
  const started = performance.now();
  const due = (index: number): number => started + (index * 1000) / rate;
  let next = 0;
  let answered = 0;
  const pump = (): void => {
    while (next < total && idle.length > 0 && due(next) <= performance.now()) {
      const connection = idle.pop();
      const request = requests[next];
      if (connection === undefined || request === undefined) return;
      const dueAt = due(next);
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
  return { seconds: (performance.now() - started) / 1000, statuses, latencies };
}
