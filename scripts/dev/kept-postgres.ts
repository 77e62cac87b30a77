import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '@nyxera/federation-testing/free-port';
import { giveTo, postgresBinaries, serverAccount } from '@nyxera/federation-testing/postgres-account';
import { startPostmaster } from '@nyxera/federation-testing/postgres-process';
import pg from 'pg';

export interface KeptPostgres {
  /** Of the database of the gateway, with its password. */
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

const DATABASE = 'vectorvue_dev';

/**
 * A real PostgreSQL on a free port of 127.0.0.1 whose data stays in the directory: the next start goes on with it. fsync
 * is on. As root it runs as another account, which must be able to reach the directory.
 */
export async function startKeptPostgres(directory: string): Promise<KeptPostgres> {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const account = serverAccount();
  giveTo(account, directory);
  const { initdb, postgres } = postgresBinaries(account, directory);
  const password = passwordOf(directory);
  const data = join(directory, 'data');
  if (!existsSync(join(data, 'PG_VERSION'))) {
    giveTo(account, join(directory, 'password'));
    const flags = ['--username=postgres', `--pwfile=${join(directory, 'password')}`, '--auth=scram-sha-256'];
    await promisify(execFile)(
      initdb,
      ['-D', data, ...flags, '--encoding=UTF8', '--locale=C', '--no-instructions'],
      {
        ...account,
        cwd: directory,
        env: { LC_ALL: 'C' },
      },
    );
  }
  const port = await freePort();
  // No socket in the file system: its path may be longer than such a path may be.
  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories='];
  const running = await startPostmaster({
    postgres,
    account,
    directory,
    port,
    settings,
    onSpawn: () => undefined,
  });
  const url = (database: string): string => `postgres://postgres:${password}@127.0.0.1:${port}/${database}`;
  await ensureDatabase(url('postgres'));
  return { url: url(DATABASE), pid: running.pid, stop: () => running.stop() };
}

function passwordOf(directory: string): string {
  const file = join(directory, 'password');
  if (!existsSync(file)) writeFileSync(file, `${randomBytes(16).toString('hex')}\n`, { mode: 0o600 });
  return readFileSync(file, 'utf8').trim();
}

async function ensureDatabase(connectionString: string): Promise<void> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    const found = await client.query('SELECT FROM pg_database WHERE datname = $1', [DATABASE]);
    if (found.rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`);
  } finally {
    await client.end();
  }
}
