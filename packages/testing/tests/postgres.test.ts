import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { type PostgresServer, startPostgres } from '../src/postgres.ts';
import { serverAccount } from '../src/postgres-account.ts';

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(async () => server.stop());

async function withClient<V>(url: string, run: (client: pg.Client) => Promise<V>): Promise<V> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    return await run(client);
  } finally {
    await client.end();
  }
}

async function one(url: string, sql: string): Promise<unknown> {
  return withClient(url, async (client) => Object.values((await client.query(sql)).rows[0])[0]);
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** Waits for something that happens in another process; the runner's own limit is the deadline. */
async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(20);
}

describe('a started server', () => {
  test('is PostgreSQL 18, durable, and listens on loopback only', async () => {
    expect(await one(server.url(), 'SHOW server_version_num')).toMatch(/^18/);
    expect(await one(server.url(), 'SHOW fsync')).toBe('on');
    expect(await one(server.url(), 'SHOW full_page_writes')).toBe('on');
    expect(await one(server.url(), 'SHOW synchronous_commit')).toBe('on');
    expect(await one(server.url(), 'SHOW listen_addresses')).toBe('127.0.0.1');
    expect(await one(server.url(), 'SHOW server_encoding')).toBe('UTF8');
  });

  test('keeps its files to itself and asks for a password', async () => {
    expect(statSync(server.directory).mode & 0o777).toBe(0o700);
    expect(existsSync(`${server.directory}/password`)).toBe(false);
    const wrong = new URL(server.url());
    wrong.password = 'guess';
    await expect(one(wrong.href, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
  });

  test('makes databases that do not see each other', async () => {
    const [a, b] = await Promise.all([server.createDatabase(), server.createDatabase()]);
    expect(a).not.toBe(b);
    await one(a, 'CREATE TABLE t AS SELECT 1 AS i').catch(() => {});
    await expect(one(b, 'SELECT count(*) FROM t')).rejects.toMatchObject({ code: '42P01' });
  });

  test('clones a template, named by URL or by name, several at once', async () => {
    const template = await server.createDatabase();
    await withClient(template, (client) =>
      client.query('CREATE TABLE t AS SELECT generate_series(1, 7) AS i'),
    );
    const name = new URL(template).pathname.slice(1);
    const clones = await Promise.all([
      server.createDatabase({ template }),
      server.createDatabase({ template: name }),
      server.createDatabase({ template }),
    ]);
    for (const clone of clones) expect(await one(clone, 'SELECT count(*) FROM t')).toBe('7');
    await withClient(clones[0], (client) => client.query('DELETE FROM t'));
    expect(await one(template, 'SELECT count(*) FROM t')).toBe('7');
  });

  test('restarts on the same port with its data', async () => {
    const url = await server.createDatabase();
    await withClient(url, (client) => client.query('CREATE TABLE t AS SELECT 5 AS i'));
    await server.restart();
    expect(await one(url, 'SELECT i FROM t')).toBe(5);
  });

  test('kill9 cuts sessions, also a busy one; what was committed is there after recovery', async () => {
    const url = await server.createDatabase();
    await withClient(url, (client) => client.query('CREATE TABLE t (i int)'));
    const committed = await withClient(url, (client) => client.query('INSERT INTO t VALUES (1)'));
    expect(committed.rowCount).toBe(1);
    const busy = one(url, 'SELECT count(*) FROM generate_series(1, 100000000000)').then(
      () => 'answered',
      () => 'cut',
    );
    await until(async () => (await one(url, ACTIVE)) === '1');
    await server.kill9();
    expect(await busy).toBe('cut');
    expect(await accepts(server.port)).toBe(false);
    await server.restart();
    expect(await one(url, 'SELECT count(*) FROM t')).toBe('1');
    expect(await one(url, ACTIVE)).toBe('0');
  });
});

const ACTIVE =
  "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%100000000000%' AND pid <> pg_backend_pid()";

/** The key of the server's System V segment, from the seventh line of postmaster.pid. */
function sharedMemoryKey(directory: string): string | undefined {
  const line = readFileSync(`${directory}/data/postmaster.pid`, 'utf8').split('\n')[6];
  return line?.trim().split(/\s+/)[0];
}

/** Keys of all System V segments, where Linux shows them; elsewhere the check says nothing. */
function sharedMemoryKeys(): string[] {
  if (process.platform !== 'linux') return [];
  const table = readFileSync('/proc/sysvipc/shm', 'utf8').split('\n').slice(1);
  return table.map((line) => line.trim().split(/\s+/)[0] ?? '');
}

describe('the end of a server', () => {
  test('stop leaves neither server nor directory, also after kill9, and may be repeated', async () => {
    const short = await startPostgres({ fast: true, settings: ['max_connections=7'] });
    expect(await one(short.url(), 'SHOW fsync')).toBe('off');
    expect(await one(short.url(), 'SHOW max_connections')).toBe('7');
    const segment = sharedMemoryKey(short.directory);
    if (process.platform === 'linux') expect(sharedMemoryKeys()).toContain(segment);
    await short.kill9();
    await short.stop();
    await short.stop();
    expect(sharedMemoryKeys()).not.toContain(segment);
    expect(await accepts(short.port)).toBe(false);
    expect(existsSync(short.directory)).toBe(false);
  });

  test('a setting that the server refuses is an error with its words, and leaves nothing', async () => {
    await expect(startPostgres({ settings: ['no_such_setting=1'] })).rejects.toThrow(/no_such_setting/);
  });

  test('SIGKILL of the process that started it ends it and removes its data', async () => {
    const { child, port, directory } = await startProgram({});
    expect(await accepts(port)).toBe(true);
    child.kill('SIGKILL');
    await until(async () => !existsSync(directory) && !(await accepts(port)));
  });

  const root = process.getuid?.() === 0;
  (root ? test : test.skip)('a user who is not root can start one as well', async () => {
    const { child, port, directory } = await startProgram(serverAccount());
    expect(await accepts(port)).toBe(true);
    child.kill('SIGTERM');
    await until(async () => !existsSync(directory) && !(await accepts(port)));
  });
});

async function startProgram(
  account: ReturnType<typeof serverAccount>,
): Promise<{ child: ChildProcess; port: number; directory: string }> {
  const program = fileURLToPath(new URL('./programs/postgres-until-killed.ts', import.meta.url));
  const child = spawn(process.execPath, [program], { ...account, stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(createInterface(child.stdout), 'line');
  return { child, ...JSON.parse(String(line)) };
}
