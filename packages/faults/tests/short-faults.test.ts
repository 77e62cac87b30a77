import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type PostgresServer, startPostgres } from '@nyxera/federation-testing';
import type { FaultKind } from '../src/fault-kind.ts';
import { crowd, handshakenCrowd } from '../src/faults/crowd-faults.ts';
import { replayEverything } from '../src/faults/replay-everything.ts';
import { KINDS } from '../src/kinds.ts';
import { runKind } from '../src/run-faults.ts';
import { buildWorld, type World } from '../src/world.ts';

/** Always the same, so that a red run is red again; the long form takes others. */
const SEED = 20_261_123;
const FAULTS = 2;
/** Those that start a program or a server for every fault, or wait for an end to recover: once. */
const DEAR = /kill9|restart|clock|full|many|slow|refuses|gateways|swap/;
const SMALL_CROWD = 1_000;
const FEW_HANDSHAKES = 100;
/** No promise about time: what an end does not recover from in a minute is told by the run itself. */
const PATIENCE_MS = 300_000;
/** It leaves a tablespace behind on a disk that is gone: a server of its own. */
const OWN_SERVER = 'database-full';
/** Its gateway runs under a clock that is not the machine's. */
const OWN_CLOCK = 'clock-jumps-an-hour';
const TWO_WORKERS = ['certificate-swap', 'worker-kill9'];

/** First those that count what was there before them: sockets of the gateway, and requests that never reached it. */
const first = [crowd(SMALL_CROWD), handshakenCrowd(FEW_HANDSHAKES), replayEverything];
const kinds = [...first, ...KINDS.filter(({ name }) => !first.some((one) => one.name === name))];
const alone = kinds.filter(({ name }) => name === OWN_SERVER || name === OWN_CLOCK);
const withWorkers = kinds.filter(({ name }) => TWO_WORKERS.includes(name));
const others = kinds.filter((kind) => !alone.includes(kind) && !withWorkers.includes(kind));

let postgres: PostgresServer;
/** Where the last kind was: the next of the same group goes on in it, and all that happened before is checked again. */
let shared: { readonly group: readonly FaultKind[]; readonly world: World } | null = null;

async function leaveShared(): Promise<void> {
  await shared?.world.close();
  shared = null;
}

async function worldOf(group: readonly FaultKind[]): Promise<World> {
  if (shared?.group === group) return shared.world;
  await leaveShared();
  const environment = Object.assign({}, ...group.map((kind) => kind.world?.().environment));
  shared = { group, world: await buildWorld({ postgres, environment }) };
  return shared.world;
}

beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(async () => {
  await leaveShared();
  await postgres.stop();
});

describe(`faults on purpose, seed ${SEED}`, () => {
  for (const group of [others, withWorkers, ...alone.map((kind) => [kind])]) {
    for (const kind of group) {
      const missing = kind.unavailable?.() ?? null;
      const name = missing === null ? kind.name : `${kind.name} (SKIPPED: ${missing})`;
      const run = missing === null ? test : test.skip;
      run(
        name,
        async () => {
          const wanted = DEAR.test(kind.name) ? 1 : FAULTS;
          const where = kind.name === OWN_SERVER ? {} : { in: await worldOf(group) };
          const { violations, failures, faults, seen } = await runKind(kind, {
            seed: SEED,
            faults: wanted,
            ...where,
          });
          // What is broken for one must not be told of the next.
          if (violations.length + failures.length > 0) await leaveShared();
          expect({ violations, failures, faults }).toEqual({ violations: [], failures: [], faults: wanted });
          // Each was seen by somebody else than the gateway.
          expect(Object.values(seen).reduce((sum, count) => sum + count, 0)).toBe(wanted);
        },
        PATIENCE_MS,
      );
    }
  }
});
