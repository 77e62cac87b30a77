import { setTimeout as sleep } from 'node:timers/promises';
import { type FaultKind, startDeliveries } from '../fault-kind.ts';

export const databaseSlow: FaultKind = {
  name: 'database-slow',
  strike: async (world, random, label) => {
    world.databaseProxy.set({ kind: 'slow', delayMs: random.between(50, 400) });
    try {
      await startDeliveries(world, random, label, random.between(4, 12));
    } finally {
      world.databaseProxy.set({ kind: 'clear' });
    }
  },
};

/** Connections are cut, and refused for a while. The answers meanwhile are 503 or none. */
export const databaseRefuses: FaultKind = {
  name: 'database-refuses',
  strike: async (world, random, label) => {
    const deliveries = startDeliveries(world, random, label, random.between(4, 12));
    await sleep(random.between(0, 20));
    world.databaseProxy.set({ kind: 'refuse' });
    await sleep(random.between(50, 400));
    world.databaseProxy.set({ kind: 'clear' });
    await deliveries;
  },
};

/** The transaction is durable, and the gateway never hears so: it must read back, or not answer at all. */
export const databaseDropsAnswer: FaultKind = {
  name: 'database-drops-answer',
  strike: async (world, random, label) => {
    const before = world.databaseProxy.cuts();
    world.databaseProxy.cutNextCommits(random.between(1, 2));
    await startDeliveries(world, random, label, random.between(2, 8));
    world.databaseProxy.cutNextCommits(0);
    if (world.databaseProxy.cuts() === before) throw new Error('no commit was cut: the fault missed');
  },
};
