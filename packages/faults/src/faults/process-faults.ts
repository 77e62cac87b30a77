import { setTimeout as sleep } from 'node:timers/promises';
import { type FaultKind, FaultMissed } from '../fault-kind.ts';
import type { Random } from '../random.ts';
import { watchServerLog } from '../server-log.ts';
import { amidTraffic } from '../traffic.ts';
import type { World } from '../world.ts';

/** SIGKILL while requests are under way, and a start as a supervisor would. */
export const gatewayKill9: FaultKind = {
  name: 'gateway-kill9',
  strike: (world, random, label) =>
    amidTraffic(world, label, random.between(3, 8), async (traffic) => {
      const { gateway, databaseProxy } = world;
      // Into the middle of a commit half of the time: the database's answer then finds nobody.
      const committing = random.between(0, 1) === 0;
      if (committing) await Promise.race([databaseProxy.nextCommit(), sleep(2_000)]);
      else await sleep(random.between(0, 40));
      await traffic.untilUnderWay();
      const before = gateway.pid;
      const signal = await gateway.kill9();
      await gateway.start();
      if (signal !== 'SIGKILL' || before === null || before === gateway.pid) {
        throw new FaultMissed(`the gateway ended by ${signal}, not by us`);
      }
      return committing ? 'while it committed' : 'while requests were under way';
    }),
};

/** Something happens to the database under load; its own log must say that it did, and the gateway stays. */
async function strikePostgres(
  world: World,
  random: Random,
  label: string,
  { strike, words }: { readonly strike: () => Promise<void>; readonly words: string },
): Promise<void> {
  const { gateway } = world;
  const [log, pid] = [watchServerLog(world.postgres), gateway.pid];
  await amidTraffic(world, label, random.between(3, 8), async (traffic) => {
    await sleep(random.between(0, 40));
    await traffic.untilUnderWay();
    await strike();
  });
  if (pid === null || gateway.pid !== pid) throw new Error('the gateway died with its database');
  log.expect(words);
}

/** The database's processes die without a checkpoint; the new server replays its log. */
export const postgresKill9: FaultKind = {
  name: 'postgres-kill9',
  strike: async (world, random, label) => {
    const strike = async (): Promise<void> => {
      await world.postgres.kill9();
      await sleep(random.between(0, 300));
      await world.postgres.restart();
    };
    await strikePostgres(world, random, label, { strike, words: 'automatic recovery in progress' });
    return 'recovered from its log';
  },
};

export const postgresRestart: FaultKind = {
  name: 'postgres-restart',
  strike: async (world, random, label) => {
    const strike = (): Promise<void> => world.postgres.restart();
    await strikePostgres(world, random, label, { strike, words: 'received fast shutdown request' });
    return 'shut down and started';
  },
};
