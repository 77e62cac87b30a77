import { setTimeout as sleep } from 'node:timers/promises';
import { type FaultKind, FaultMissed, until } from '../fault-kind.ts';
import { amidTraffic, startDeliveries } from '../traffic.ts';

export const databaseSlow: FaultKind = {
  name: 'database-slow',
  strike: async (world, random, label) => {
    const { done } = world.databaseProxy;
    const before = done.delayedCommits;
    world.databaseProxy.set({ kind: 'slow', delayMs: random.between(50, 400) });
    try {
      await startDeliveries(world, random, label, random.between(4, 12));
    } finally {
      world.databaseProxy.set({ kind: 'clear' });
    }
    if (done.delayedCommits === before) throw new FaultMissed('no answer to a commit was held back');
    return 'commits held back';
  },
};

/** Connections are cut, and refused for a while. The answers meanwhile are 503 or none. */
export const databaseRefuses: FaultKind = {
  name: 'database-refuses',
  strike: async (world, random, label) => {
    const { done } = world.databaseProxy;
    const before = done.refused;
    await amidTraffic(world, label, random.between(3, 6), async (traffic) => {
      await sleep(random.between(0, 20));
      world.databaseProxy.set({ kind: 'refuse' });
      try {
        await until(
          () => traffic.refused > 0,
          () => new FaultMissed('no request met the missing database'),
        );
        await sleep(random.between(50, 400));
      } finally {
        world.databaseProxy.set({ kind: 'clear' });
      }
    });
    if (done.refused === before) throw new FaultMissed('no connection to the database was cut or refused');
    return 'cut, and 503 or no answer';
  },
};

/** The transaction is durable, and the gateway never hears so: it must read back, or not answer at all. */
export const databaseDropsAnswer: FaultKind = {
  name: 'database-drops-answer',
  strike: async (world, random, label) => {
    const { done } = world.databaseProxy;
    const before = done.cuts;
    world.databaseProxy.cutNextCommits(random.between(1, 2));
    await startDeliveries(world, random, label, random.between(2, 8));
    world.databaseProxy.cutNextCommits(0);
    if (done.cuts === before) throw new FaultMissed('no commit was cut');
    return `${done.cuts - before} durable and unheard`;
  },
};
