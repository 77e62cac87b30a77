import { existsSync, globSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type FaultKind, FaultMissed } from '../fault-kind.ts';
import { startDeliveries } from '../traffic.ts';
import type { World } from '../world.ts';

const HOUR = 3_600;
const clockFile = join(tmpdir(), `nyxera-faults-clock-${process.pid}`);

/** libfaketime, from Debian's package faketime. Multi-threaded, as Node is. */
function library(): string | null {
  return globSync('/usr/lib/*/faketime/libfaketimeMT.so.1')[0] ?? null;
}

/** The gateway's wall clock jumps an hour ahead or back while it runs, and returns. The database's does not move. */
export const clockJumps: FaultKind = {
  name: 'clock-jumps-an-hour',
  unavailable: () => (library() === null ? 'libfaketime is not installed (Debian package faketime)' : null),
  world: () => {
    setClock(0);
    return {
      environment: {
        LD_PRELOAD: library() ?? '',
        FAKETIME_TIMESTAMP_FILE: clockFile,
        FAKETIME_NO_CACHE: '1',
        // Timers go on: only the wall clock jumps.
        FAKETIME_DONT_FAKE_MONOTONIC: '1',
        DONT_FAKE_MONOTONIC: '1',
      },
    };
  },
  strike: async (world, random, label) => {
    await startDeliveries(world, random, label, random.between(2, 5));
    const jump = random.pick([HOUR, -HOUR]);
    setClock(jump);
    try {
      await untilTold(world, `${label}-told`, false);
      // One whose clock jumped along is in the window, and may be accepted; what was sent before never again.
      world.client.clockOffset = jump;
      await startDeliveries(world, random, `${label}-along`, 2);
      await replay(world);
    } finally {
      world.client.clockOffset = 0;
      setClock(0);
    }
    await untilTold(world, `${label}-back`, true);
    await replay(world);
    await startDeliveries(world, random, `${label}-after`, 2);
    return jump > 0 ? 'an hour ahead and back again' : 'an hour back and ahead again';
  },
  cleanUp: async () => rmSync(clockFile, { force: true }),
};

async function replay(world: World): Promise<void> {
  await Promise.all(world.client.sent.slice(-10).map((signed) => world.client.send(signed)));
}

/** Sends with the machine's clock until the gateway's opinion of it is the one that is waited for. */
async function untilTold(world: World, eventId: string, fresh: boolean): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (performance.now() < deadline) {
    const answer = await world.client.send(await world.client.sign(eventId));
    if (fresh ? answer?.status === 202 : answer?.code === 'timestamp_out_of_window') return;
    await sleep(50);
  }
  throw new FaultMissed(`the gateway's clock did not ${fresh ? 'come back' : 'jump'}`);
}

/** Seconds from now on. Renamed into place, so that the library never reads half of it. */
function setClock(seconds: number): void {
  const next = `${clockFile}.next`;
  writeFileSync(next, `${seconds < 0 ? '-' : '+'}${Math.abs(seconds)}\n`);
  if (existsSync(next)) renameSync(next, clockFile);
}
