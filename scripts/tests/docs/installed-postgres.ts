import { execFileSync, spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';

/** A PostgreSQL with its own tools, as a distribution installs it: what documents are followed with. */
export interface InstalledPostgres {
  /** Of `initdb`, `pg_ctl`, `pg_dump` and the rest, newest version. */
  readonly bin: string;
  /** Whom the server and its tools run as: PostgreSQL refuses root. Empty: ourselves. */
  readonly account: { readonly uid?: number; readonly gid?: number };
}

/** null, and a line that says why, where there is none or our programs cannot be run by its account. */
export function findPostgres(program: string): InstalledPostgres | null {
  const found = globSync('/usr/lib/postgresql/*/bin')
    .filter((bin) =>
      ['initdb', 'pg_basebackup', 'pg_dump'].every((name) => globSync(join(bin, name)).length > 0),
    )
    .sort((a, b) => versionOf(b) - versionOf(a));
  const [bin] = found;
  const account = process.getuid?.() === 0 ? accountOf('postgres') : {};
  if (bin === undefined || account === null) {
    console.warn('no PostgreSQL with its tools is installed, so backup and restore are not followed');
    return null;
  }
  if (
    spawnSync(process.execPath, [program, '--version'], { ...account, stdio: 'ignore', cwd: '/' }).status !==
    0
  ) {
    console.warn(
      'the account of PostgreSQL cannot run our programs here, so backup and restore are not followed',
    );
    return null;
  }
  return { bin, account };
}

function versionOf(bin: string): number {
  return Number(bin.split('/')[4]);
}

function accountOf(name: string): { uid: number; gid: number } | null {
  const id = (flag: string): number =>
    Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: 'pipe' }));
  try {
    return { uid: id('-u'), gid: id('-g') };
  } catch {
    return null;
  }
}
