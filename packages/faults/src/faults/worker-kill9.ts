import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type FaultKind, FaultMissed, until } from '../fault-kind.ts';
import { GATEWAY } from '../gateway-process.ts';
import { childrenOf, hasKernelFiles, isAlive } from '../kernel.ts';
import { amidTraffic } from '../traffic.ts';

const WORKERS = 2;

/** SIGKILL of one worker of a gateway with two: the others go on, and the primary starts another. */
export const workerKill9: FaultKind = {
  name: 'worker-kill9',
  unavailable: () => {
    if (!hasKernelFiles) return 'who is whose child is read from /proc';
    return hasWorkers() ? null : 'this gateway has no workers (VV_TG_WORKERS)';
  },
  world: () => ({ environment: { VV_TG_WORKERS: String(WORKERS) } }),
  strike: async (world, random, label) => {
    const primary = world.gateway.pid ?? -1;
    await until(
      () => childrenOf(primary).length >= WORKERS,
      () => new FaultMissed(`the gateway has not ${WORKERS} workers`),
    );
    const how = await amidTraffic(world, label, random.between(4, 10), async (traffic) => {
      await sleep(random.between(0, 40));
      const [first, ...others] = childrenOf(primary);
      if (first === undefined) throw new FaultMissed('the gateway has no worker process');
      const victim = random.pick([first, ...others]);
      await traffic.untilUnderWay();
      const unanswered = traffic.refused;
      process.kill(victim, 'SIGKILL');
      // The one that was killed is replaced before the next is: else they run out.
      await until(
        () => childrenOf(primary).filter((pid) => pid !== victim && isAlive(pid)).length >= WORKERS,
        () => new Error('the worker that was killed was not replaced'),
      );
      if (isAlive(victim)) throw new FaultMissed('the worker is still there');
      return traffic.refused > unanswered ? 'with requests on its connections' : 'between its requests';
    });
    if (world.gateway.pid !== primary) throw new Error('the gateway died with its worker');
    return how;
  },
};

/** Whether the build knows the setting: some file of its configuration names it. */
function hasWorkers(): boolean {
  const directory = join(GATEWAY, 'dist/config');
  return readdirSync(directory)
    .filter((name) => name.endsWith('.js'))
    .some((name) => readFileSync(join(directory, name), 'utf8').includes('VV_TG_WORKERS'));
}
