import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type FaultKind, startDeliveries } from '../fault-kind.ts';

const REPLACED_MS = 30_000;

/** SIGKILL of one worker of a gateway with two: the other goes on, and the primary starts a new one. */
export const workerKill9: FaultKind = {
  name: 'worker-kill9',
  world: () => ({ environment: { VV_TG_WORKERS: '2' } }),
  strike: async (world, random, label) => {
    const primary = world.gateway.pid ?? -1;
    const deliveries = startDeliveries(world, random, label, random.between(4, 12));
    // Into the middle of a commit half of the time: the database's answer then finds nobody.
    if (random.between(0, 1) === 0) await Promise.race([world.databaseProxy.nextCommit(), sleep(2_000)]);
    else await sleep(random.between(0, 40));
    const before = childrenOf(primary);
    const [first, ...others] = before;
    if (first === undefined) throw new Error('the gateway has no worker process: the fault missed');
    const victim = random.pick([first, ...others]);
    process.kill(victim, 'SIGKILL');
    await deliveries;
    if (!world.gateway.running) throw new Error('the gateway died with its worker');
    // Another accepts before the next is killed: else they run out.
    await until(() => {
      const now = childrenOf(primary);
      const [fresh] = now.filter((pid) => !before.includes(pid));
      return now.length === before.length && fresh !== undefined && accepts(world.gateway.log, fresh);
    });
  },
};

/** The worker's own line in the log of its gateway. */
function accepts(log: string, pid: number): boolean {
  return log
    .split('\n')
    .some((line) => line.includes('"worker.accepting"') && line.includes(`"pid":${pid},`));
}

/** Linux: what the kernel says, so that nobody is asked. */
function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return text === '' ? [] : text.split(' ').map(Number);
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + REPLACED_MS;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error('the worker that was killed was not replaced');
    await sleep(50);
  }
}
