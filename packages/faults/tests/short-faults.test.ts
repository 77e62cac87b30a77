import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type PostgresServer, startPostgres } from '@nyxera/federation-testing';
import { crowd, handshakenCrowd } from '../src/faults/crowd-faults.ts';
import { KINDS } from '../src/kinds.ts';
import { runKind } from '../src/run-faults.ts';

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

let postgres: PostgresServer;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());

const kinds = KINDS.filter(({ name }) => !name.startsWith('many-'));

describe(`faults on purpose, seed ${SEED}`, () => {
  for (const kind of [...kinds, handshakenCrowd(FEW_HANDSHAKES), crowd(SMALL_CROWD)]) {
    const missing = kind.unavailable?.() ?? null;
    const name = missing === null ? kind.name : `${kind.name} (SKIPPED: ${missing})`;
    const run = missing === null ? test : test.skip;
    run(
      name,
      async () => {
        const world = kind.name === OWN_SERVER ? {} : { postgres };
        const wanted = DEAR.test(kind.name) ? 1 : FAULTS;
        const { violations, failures, faults, seen } = await runKind(kind, {
          seed: SEED,
          faults: wanted,
          world,
        });
        expect({ violations, failures, faults }).toEqual({ violations: [], failures: [], faults: wanted });
        // Each was seen by somebody else than the gateway.
        expect(Object.values(seen).reduce((sum, count) => sum + count, 0)).toBe(wanted);
      },
      PATIENCE_MS,
    );
  }
});
