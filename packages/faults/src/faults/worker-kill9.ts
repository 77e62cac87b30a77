import { setTimeout as sleep } from 'node:timers/promises';
import { type FaultKind, FaultMissed, until } from '../fault-kind.ts';
import { childrenOf, hasKernelFiles, isAlive } from '../kernel.ts';
import { amidTraffic } from '../traffic.ts';

const WORKERS = 2;
/** A start of the program, on a machine that has much else to do. */
const REPLACED_MS = 180_000;

/** SIGKILL of one worker of a gateway with two: the others go on, and the primary starts another. */
export const workerKill9: FaultKind = {
  name: 'worker-kill9',
  unavailable: () => (hasKernelFiles ? null : 'who is whose child is read from /proc'),
  world: () => ({ environment: { VV_TG_WORKERS: String(WORKERS) } }),
  strike: async (world, random, label) => {
    const primary = world.gateway.pid ?? -1;
    await until(
      () => childrenOf(primary).length >= WORKERS,
      () => new FaultMissed(`the gateway has not ${WORKERS} workers`),
    );
    const how = await amidTraffic(world, label, random.between(4, 10), async (traffic) => {
      // Into the middle of a commit half of the time: the database's answer then finds nobody.
      const committing = random.between(0, 1) === 0;
      if (committing) await Promise.race([world.databaseProxy.nextCommit(), sleep(2_000)]);
      else await sleep(random.between(0, 40));
      // The older one: a worker that always dies young is started later each time, as it should be.
      const [victim] = childrenOf(primary);
      if (victim === undefined) throw new FaultMissed('the gateway has no worker process');
      await traffic.untilUnderWay();
      const [unanswered, place] = [traffic.refused, world.gateway.logged];
      process.kill(victim, 'SIGKILL');
      // Another must serve before the next is killed: else they run out.
      await until(
        () => world.gateway.logSince(place).includes('"worker.accepting"'),
        () => new Error('the worker that was killed was not replaced'),
        REPLACED_MS,
      );
      if (isAlive(victim)) throw new FaultMissed('the worker is still there');
      const hit = traffic.refused > unanswered ? 'with requests on its connections' : 'between its requests';
      return committing ? `${hit}, in a commit` : hit;
    });
    if (world.gateway.pid !== primary) throw new Error('the gateway died with its worker');
    return how;
  },
};
