import { setTimeout as sleep } from 'node:timers/promises';
import { type FaultKind, startDeliveries } from '../fault-kind.ts';

/** SIGKILL at a random moment of the traffic, and a start as a supervisor would. */
export const gatewayKill9: FaultKind = {
  name: 'gateway-kill9',
  strike: async (world, random, label) => {
    const deliveries = startDeliveries(world, random, label, random.between(4, 12));
    // Into the middle of a commit half of the time: the database's answer then finds nobody.
    if (random.between(0, 1) === 0) await Promise.race([world.databaseProxy.nextCommit(), sleep(2_000)]);
    else await sleep(random.between(0, 40));
    await world.gateway.kill9();
    await world.gateway.start();
    await deliveries;
  },
};

/** The database's processes die without a checkpoint; the new server replays its log. The gateway stays. */
export const postgresKill9: FaultKind = {
  name: 'postgres-kill9',
  strike: async (world, random, label) => {
    const deliveries = startDeliveries(world, random, label, random.between(4, 12));
    await sleep(random.between(0, 40));
    await world.postgres.kill9();
    await sleep(random.between(0, 300));
    await world.postgres.restart();
    await deliveries;
    if (!world.gateway.running) throw new Error('the gateway died with its database');
  },
};

export const postgresRestart: FaultKind = {
  name: 'postgres-restart',
  strike: async (world, random, label) => {
    const deliveries = startDeliveries(world, random, label, random.between(4, 12));
    await sleep(random.between(0, 40));
    await world.postgres.restart();
    await deliveries;
    if (!world.gateway.running) throw new Error('the gateway died with its database');
  },
};
