/** infra/postgres: backup and restore are followed, with a PostgreSQL of the machine and its own tools. */
import { execFileSync } from 'node:child_process';
import { appendFileSync, chmodSync, chownSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, jest, test } from '@jest/globals';
import { freePort, temporaryDirectory } from '@nyxera/federation-testing';
import { REPORTS } from '../../demo/federate.ts';
import { PROGRAMS, runProgram } from '../../demo/processes.ts';
import { askAgent, askGateway, buildWorld, type World } from '../../demo/world.ts';
import { until } from '../infra/tools.ts';
import { makeDesk } from './desk.ts';
import { findPostgres } from './installed-postgres.ts';
import { followPage, readPage } from './page.ts';

// It starts processes; on a machine with other work that alone takes its time.
jest.setTimeout(240_000);

const PAGE = readPage('infra/postgres/README.md');
const found = findPostgres(PROGRAMS.gateway);
const followed = found === null ? test.skip : test;

const directory = temporaryDirectory('backup');
const place = (name: string): string => join(directory.path, name);
const clusters: string[] = [];
let world: World | undefined;

afterAll(async () => {
  await world?.gateway.kill();
  for (const data of [...clusters, place('restored')]) {
    try {
      as('pg_ctl', '--pgdata', data, '--mode=immediate', '--wait', 'stop');
    } catch {
      // It has ended, or was never there.
    }
  }
  directory.remove();
});

const environment = { PATH: `${found?.bin}:${process.env.PATH}`, ARCHIVE: place('archive'), LC_ALL: 'C' };

function as(program: string, ...args: string[]): string {
  return execFileSync(join(found?.bin ?? '', program), args, {
    ...found?.account,
    cwd: directory.path,
    env: environment,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

function mine(path: string): string {
  if (found?.account.uid !== undefined && found.account.gid !== undefined)
    chownSync(path, found.account.uid, found.account.gid);
  return path;
}

/** A cluster with the settings of the page, running; its port. */
async function startCluster(name: string, settings: string): Promise<number> {
  const port = await freePort();
  const data = place(name);
  as('initdb', '--pgdata', data, '--username=postgres', '--auth=trust', '--no-sync');
  appendFileSync(
    join(data, 'postgresql.conf'),
    `port = ${port}\nlisten_addresses = '127.0.0.1'\nunix_socket_directories = ''\n${settings}`,
  );
  clusters.push(data);
  as('pg_ctl', '--pgdata', data, '--wait', `--log=${data}.log`, 'start');
  return port;
}

const url = (port: number): string => `postgres://postgres@127.0.0.1:${port}/vectorvue`;

async function verified(here: World): Promise<{ readonly entries: number; readonly signed: number }> {
  return await askGateway(here, ['audit', 'verify']);
}

followed(
  'what was accepted after the base backup is there again, and the log is proven to be whole',
  async () => {
    chmodSync(mine(directory.path), 0o755);
    for (const folder of ['archive', 'backup']) {
      mkdirSync(place(folder));
      mine(place(folder));
    }
    const port = await startCluster('old', PAGE.blocks.find(({ fate }) => fate.kind === 'file')?.text ?? '');
    const otherPort = await startCluster('other', '');
    const psql = (...args: string[]): string =>
      as('psql', '--host=127.0.0.1', `--port=${port}`, '--username=postgres', '-At', ...args);
    psql('--command=CREATE DATABASE vectorvue');
    const here = await buildWorld(place('world'), url(port));
    world = here;
    await askAgent(here, ['send', REPORTS[0]?.file ?? '']);

    const { desk, path } = makeDesk(directory.path);
    mine(desk);
    const { VV_TG_AUDIT_LOG_ORIGIN } = here.gatewayEnvironment;
    const known = join(desk, 'known');
    const session = {
      cwd: desk,
      account: found?.account ?? {},
      env: {
        ...environment,
        PATH: `${found?.bin}:${path}`,
        HOME: desk,
        PGHOST: '127.0.0.1',
        PGPORT: String(port),
        PGUSER: 'postgres',
        DATABASE_URL: url(port),
        VV_TG_AUDIT_LOG_ORIGIN,
        BACKUP: place('backup'),
        RESTORED: place('restored'),
        KNOWN: known,
        OTHER_PORT: String(otherPort),
        OTHER_DATABASE_URL: url(otherPort),
      },
      patienceMs: 180_000,
    };
    const loss = PAGE.blocks.findIndex(({ text }) => text.includes('recovery.signal'));
    await followPage({ ...PAGE, blocks: PAGE.blocks.slice(0, loss) }, session);

    // Accepted after the base backup; then the server is gone, and only what was archived is left.
    const { entries: early } = await verified(here);
    await askAgent(here, ['send', REPORTS[1]?.file ?? '']);
    let last = early;
    await until('all of it is signed', async () => {
      const { entries, signed } = await verified(here);
      last = entries;
      return entries > early && signed === entries;
    });
    await runProgram('gateway', ['audit', 'checkpoint', '--out', known], here.gatewayEnvironment);
    chmodSync(known, 0o644);
    await here.gateway.stop();
    const segment = psql('--command=SELECT pg_walfile_name(pg_switch_wal())').trim();
    await until('it is archived', async () => existsSync(join(place('archive'), segment)));
    as('pg_ctl', '--pgdata', place('old'), '--mode=immediate', '--wait', 'stop');

    const { after } = await followPage({ ...PAGE, blocks: PAGE.blocks.slice(loss) }, session);
    expect(last).toBeGreaterThan(early);
    for (const text of ['audit verify --against', 'pg_restore'])
      expect(after(text)).toMatch(new RegExp(`\\b${last}\\b`));
  },
);
