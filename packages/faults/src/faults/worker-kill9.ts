import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type FaultKind, startDeliveries } from '../fault-kind.ts';
import { GATEWAY } from '../gateway-process.ts';

/** SIGKILL of one worker of a gateway with two: the others go on, and the primary starts another. */
export const workerKill9: FaultKind = {
  name: 'worker-kill9',
  unavailable: () => (hasWorkers() ? null : 'this gateway has no workers (VV_TG_WORKERS) yet'),
  world: () => ({ environment: { VV_TG_WORKERS: '2' } }),
  strike: async (world, random, label) => {
    const deliveries = startDeliveries(world, random, label, random.between(4, 12));
    await sleep(random.between(0, 40));
    const [first, ...others] = childrenOf(world.gateway.pid ?? -1);
    if (first === undefined) throw new Error('the gateway has no worker process: the fault missed');
    process.kill(random.pick([first, ...others]), 'SIGKILL');
    await deliveries;
    if (!world.gateway.running) throw new Error('the gateway died with its worker');
    // The one that was killed is replaced before the next is: else they run out.
    await untilChildren(world.gateway.pid ?? -1, others.length + 1);
  },
};

function hasWorkers(): boolean {
  for (const file of [
    'dist/config/settings.js',
    'dist/config/limits.js',
    'dist/config/gateway-config.js',
    'dist/config.js',
  ]) {
    try {
      if (readFileSync(join(GATEWAY, file), 'utf8').includes('VV_TG_WORKERS')) return true;
    } catch {
      // a build without that file: another one may say it
    }
  }
  return false;
}

/** Linux: what the kernel says, so that nobody is asked. */
function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return text === '' ? [] : text.split(' ').map(Number);
}

async function untilChildren(pid: number, count: number): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (childrenOf(pid).length < count) {
    if (performance.now() > deadline) throw new Error('the worker that was killed was not replaced');
    await sleep(50);
  }
}
