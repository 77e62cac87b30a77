import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type PostgresServer, startPostgres, temporaryDirectory } from '@nyxera/federation-testing';
import type { Violation } from '../src/check-history.ts';
import { type PlantedBug, plantBug } from '../src/plant-bug.ts';
import { buildWorld, type World } from '../src/world.ts';

/** No promise about time; a machine that is busy must not look like a bug that was not found. */
const PATIENCE_MS = 300_000;

const directory = temporaryDirectory('planted');
let postgres: PostgresServer;

beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(async () => {
  await postgres.stop();
  directory.remove();
});

async function rulesBroken(
  build: string | null,
  strike: (world: World) => Promise<void>,
): Promise<ReadonlySet<Violation['rule']>> {
  const world = await buildWorld({ postgres, ...(build === null ? {} : { build }) });
  try {
    await strike(world);
    return new Set((await world.check()).map((violation) => violation.rule));
  } finally {
    await world.close();
  }
}

/** The database cannot be reached, and the gateway dies as soon as the client has its answer, whatever that is. */
async function killWhenAnswered(world: World): Promise<void> {
  world.databaseProxy.set({ kind: 'refuse' });
  await world.client.send(await world.client.sign('lost', 'high'));
  await world.gateway.kill9();
  world.databaseProxy.set({ kind: 'clear' });
}

async function sendTwice(world: World): Promise<void> {
  const signed = await world.client.sign('replayed', 'high');
  await world.client.send(signed);
  await world.client.send(signed);
}

async function sendSome(world: World): Promise<void> {
  for (let n = 0; n < 6; n += 1) await world.client.deliver(`some-${n}`, 'high');
}

const cases: readonly [PlantedBug, (world: World) => Promise<void>, Violation['rule']][] = [
  ['acknowledge-before-commit', killWhenAnswered, 'acknowledged-lost'],
  ['skip-nonce-check', sendTwice, 'nonce-accepted-twice'],
  ['drop-audit-entry', sendSome, 'audit-gap'],
  ['drop-finding', sendSome, 'half-visible'],
  ['answer-500-on-outage', killWhenAnswered, 'wrong-answer'],
  ['put-off-what-is-stored', sendSome, 'nonce-burnt'],
];

describe('a planted bug makes the checker fail', () => {
  test.each(cases)(
    '%s',
    async (bug, strike, rule) => {
      expect(await rulesBroken(plantBug(bug, directory.path), strike)).toContain(rule);
    },
    PATIENCE_MS,
  );
});

test(
  'without a bug the same faults violate nothing',
  async () => {
    const all = async (world: World): Promise<void> => {
      // The one that kills the gateway last.
      for (const strike of [sendSome, sendTwice, killWhenAnswered]) await strike(world);
    };
    expect([...(await rulesBroken(null, all))]).toEqual([]);
  },
  PATIENCE_MS,
);
