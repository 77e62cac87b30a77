import { spawnSync } from 'node:child_process';
import { chownSync, mkdirSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { type FaultKind, FaultMissed } from '../fault-kind.ts';
import { watchServerLog } from '../server-log.ts';
import { startDeliveries } from '../traffic.ts';
import type { World } from '../world.ts';

const SIZE_MB = 32;
const volumes = new WeakMap<World, string>();

/**
 * A disk that is full. Where we may mount: the tables that grow move to a tablespace on a tmpfs of 32 MB, which a
 * file fills. Else a stand-in, which is said in the report: a trigger that raises the same SQLSTATE, 53100.
 * The write-ahead log stays where it is: a server whose log is full stops, which is what postgres-kill9 is for.
 */
export const databaseFull: FaultKind = {
  name: 'database-full',
  prepare: async (world) => {
    const volume = join(world.postgres.directory, 'small-disk');
    mkdirSync(volume);
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE_MB}m`, 'tmpfs', volume]);
    if (mounted.status !== 0) {
      rmdirSync(volume);
      await run(world, STAND_IN);
      return 'STAND-IN: a trigger raises disk_full, because this process may not mount';
    }
    volumes.set(world, volume);
    // A run that ends early leaves no mount behind.
    process.once('exit', () => spawnSync('umount', ['-l', volume], { stdio: 'ignore' }));
    const { uid, gid } = statSync(world.postgres.directory);
    chownSync(volume, uid, gid);
    await run(world, `CREATE TABLESPACE small LOCATION '${volume}'`);
    for (const table of ['events', 'evidence', 'nonces', 'audit_log', 'findings']) {
      await run(world, `ALTER TABLE federation.${table} SET TABLESPACE small`);
    }
    return `a tmpfs of ${SIZE_MB} MB holds the tables`;
  },
  strike: async (world, random, label) => {
    const log = watchServerLog(world.postgres);
    await fill(world);
    let deliveries: Promise<void>;
    try {
      // More than the pages that are there have room for, so that it is the disk that refuses.
      deliveries = startDeliveries(world, random, label, random.between(40, 60));
      await untilRefused(world, label);
      await sleep(random.between(0, 300));
    } finally {
      await empty(world);
    }
    await deliveries;
    const isReal = volumes.has(world);
    log.expect(isReal ? 'No space left on device' : 'could not extend file');
    return isReal ? 'refused by the disk' : 'refused by the stand-in';
  },
  cleanUp: async (world) => {
    const volume = volumes.get(world);
    if (volume === undefined) return;
    // The server has files open there. Lazily: gone when the last of them is closed.
    spawnSync('umount', ['-l', volume], { stdio: 'ignore' });
  },
};

/** The fault has taken place when the gateway has said 503, which says by itself that nothing is stored. */
async function untilRefused(world: World, label: string): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (performance.now() < deadline) {
    const mine = world.history.attempts.filter(({ eventId }) => eventId.startsWith(`${label}-`));
    if (mine.some(({ answer }) => answer?.status === 503)) return;
    await sleep(20);
  }
  throw new FaultMissed('nothing was refused: the disk was not full');
}

const STAND_IN = `
CREATE TABLE public.disk (is_full boolean NOT NULL);
INSERT INTO public.disk VALUES (false);
GRANT SELECT ON public.disk TO PUBLIC;
CREATE FUNCTION public.disk_full() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF (SELECT is_full FROM public.disk) THEN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER disk_full BEFORE INSERT ON federation.evidence FOR EACH ROW EXECUTE FUNCTION public.disk_full();`;

async function fill(world: World): Promise<void> {
  const volume = volumes.get(world);
  if (volume === undefined) return run(world, 'UPDATE public.disk SET is_full = true');
  // As much as there is room for; what remains is less than a page.
  for (const size of [1 << 20, 1 << 16, 1 << 12]) {
    try {
      for (;;) writeFileSync(join(volume, 'filler'), Buffer.alloc(size), { flag: 'a' });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    }
  }
}

async function empty(world: World): Promise<void> {
  const volume = volumes.get(world);
  if (volume === undefined) return run(world, 'UPDATE public.disk SET is_full = false');
  rmSync(join(volume, 'filler'), { force: true });
}

async function run(world: World, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: world.databaseUrl });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
