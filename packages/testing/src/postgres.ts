import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { freePort } from './free-port.ts';
import { giveTo, postgresBinaries, serverAccount } from './postgres-account.ts';
import { logTail, type Postmaster, type PostmasterOptions, startPostmaster } from './postgres-process.ts';
import { fromTemplate, templateSecret } from './run-templates.ts';
import { temporaryDirectory } from './temporary-directory.ts';
import { startWatchdog, type Watchdog } from './watchdog.ts';

/**
 * A real PostgreSQL 18 for tests, in a temporary directory, on a free port of 127.0.0.1. It never outlives
 * the process that started it, however that process ends (`watchdog.ts`).
 *
 * Durability is PostgreSQL's own (fsync on) unless `fast` is asked for. Take one server per test file
 * (`beforeAll`/`afterAll`; it starts in about a second) and one database per test: `createDatabase()`, or
 * a clone of a migrated template, which costs tens of milliseconds.
 */
export interface PostgresServer {
  readonly port: number;
  /** Holds `data` and `postgres.log`, the server's own account of what happened. Gone after `stop`. */
  readonly directory: string;
  /** Connection URL of the superuser `postgres`, for a database name or the maintenance database. */
  url(database?: string): string;
  /** Makes a database with a random name and returns its URL: empty, or a clone of `template` (URL or name). */
  createDatabase(options?: { readonly template?: string }): Promise<string>;
  /** Clean stop and start on the same port; after `kill9`, the start with crash recovery. */
  restart(): Promise<void>;
  /** Ends the server as a power cut of the process would: SIGKILL, no checkpoint, connections break. */
  kill9(): Promise<void>;
  /** Stops the server and removes its data. End your pools first: a cut connection is an error event. Idempotent. */
  stop(): Promise<void>;
}

export interface PostgresOptions {
  /** fsync and full-page writes off. Never for a test about durability. */
  readonly fast?: boolean;
  /** Further server settings, `name=value`. */
  readonly settings?: readonly string[];
}

const PORT_TRIES = 5;
const RECOVERY_MS = 30_000;

export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const { path: directory } = temporaryDirectory('postgres');
  const watchdog = startWatchdog(directory);
  try {
    const account = serverAccount();
    giveTo(account, directory);
    const binaries = postgresBinaries(account, directory);
    const password = templateSecret('postgres-password');
    await fromTemplate('postgres', join(directory, 'data'), (data) =>
      initialise(binaries.initdb, account, data, password, watchdog),
    );

    const launch = async (port: number): Promise<Postmaster> => {
      try {
        return await startPostmaster({
          postgres: binaries.postgres,
          account,
          directory,
          port,
          settings: serverSettings(directory, options),
          onSpawn: watchdog.watch,
        });
      } catch (error) {
        watchdog.watch(null);
        throw error;
      }
    };
    const first = await launchOnFreePort(launch, directory);
    return server({ ...first, directory }, launch, password, watchdog);
  } catch (error) {
    await watchdog.release();
    throw error;
  }
}

function server(
  first: { port: number; directory: string; postmaster: Postmaster },
  launch: (port: number) => Promise<Postmaster>,
  password: string,
  watchdog: Watchdog,
): PostgresServer {
  const { port } = first;
  let running: Postmaster | null = first.postmaster;
  const url = (database = 'postgres'): string =>
    `postgres://postgres:${password}@127.0.0.1:${port}/${encodeURIComponent(database)}`;
  const end = async (how: 'stop' | 'kill9'): Promise<void> => {
    const ending = running;
    running = null;
    await ending?.[how]();
    watchdog.watch(null);
  };
  let killed = false;
  const restart = async (): Promise<void> => {
    await end('stop');
    running = await recovering(() => launch(port));
    killed = false;
  };
  return {
    port,
    directory: first.directory,
    url,
    createDatabase: async ({ template } = {}) => {
      const name = `test_${randomBytes(8).toString('hex')}`;
      await createDatabase(url(), name, template);
      return url(name);
    },
    restart,
    kill9: async () => {
      await end('kill9');
      killed = true;
    },
    stop: async () => {
      // A killed server leaves a System V segment behind, which only its successor removes.
      if (killed) await restart().catch(() => {});
      await end('stop');
      await watchdog.release();
    },
  };
}

async function initialise(
  initdb: string,
  account: ReturnType<typeof serverAccount>,
  data: string,
  password: string,
  watchdog: Watchdog,
): Promise<void> {
  const directory = dirname(data);
  const passwordFile = join(directory, 'password');
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600, flag: 'wx' });
  giveTo(account, passwordFile);
  const flags = ['--username=postgres', `--pwfile=${passwordFile}`, '--auth=scram-sha-256'];
  // The initial sync only matters to a machine that loses power during the test.
  const more = ['--encoding=UTF8', '--locale=C', '--no-sync', '--no-instructions'];
  const initialising = promisify(execFile)(initdb, ['-D', data, ...flags, ...more], {
    ...account,
    cwd: directory,
    env: { LC_ALL: 'C' },
  });
  watchdog.watch(initialising.child.pid ?? null);
  try {
    await initialising;
  } finally {
    watchdog.watch(null);
  }
  rmSync(passwordFile);
}

function serverSettings(directory: string, options: PostgresOptions): PostmasterOptions['settings'] {
  return [
    'listen_addresses=127.0.0.1',
    `unix_socket_directories=${directory}`,
    // In the data directory, so that a server that was killed leaves nothing in /dev/shm.
    'dynamic_shared_memory_type=mmap',
    ...(options.fast === true ? ['fsync=off', 'full_page_writes=off'] : []),
    ...(options.settings ?? []),
  ];
}

/** A free port can be taken before it is bound; then another one is tried. */
async function launchOnFreePort(
  launch: (port: number) => Promise<Postmaster>,
  directory: string,
): Promise<{ port: number; postmaster: Postmaster }> {
  for (let tries = 1; ; tries += 1) {
    const port = await freePort();
    try {
      return { port, postmaster: await launch(port) };
    } catch (error) {
      if (tries === PORT_TRIES || !logTail(directory).includes('could not bind')) throw error;
    }
  }
}

/** After SIGKILL the new server refuses to start while a process of the old one still holds the shared memory. */
async function recovering(launch: () => Promise<Postmaster>): Promise<Postmaster> {
  const deadline = Date.now() + RECOVERY_MS;
  for (;;) {
    try {
      return await launch();
    } catch (error) {
      const held = error instanceof Error && error.message.includes('shared memory');
      if (!held || Date.now() > deadline) throw error;
      await sleep(100);
    }
  }
}

async function createDatabase(adminUrl: string, name: string, template: string | undefined): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    const source =
      template?.includes('://') === true ? decodeURIComponent(new URL(template).pathname.slice(1)) : template;
    const clause = source === undefined ? '' : ` TEMPLATE ${client.escapeIdentifier(source)}`;
    await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}${clause}`);
  } finally {
    await client.end();
  }
}
