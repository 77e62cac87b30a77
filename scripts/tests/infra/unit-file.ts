/** What systemd would do with a unit, as far as a test without systemd as process 1 can do it: see systemd.test.ts. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const UNITS = new URL('../../../infra/systemd/', import.meta.url).pathname;

export interface Unit {
  readonly path: string;
  /** Every value of a setting, in order; an empty one takes back those before it, as in systemd. */
  all(setting: string): readonly string[];
  one(setting: string): string;
}

export function readUnit(name: string): Unit {
  const path = join(UNITS, name);
  const settings = new Map<string, string[]>();
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    const [, setting, value = ''] = /^([A-Za-z]+)=(.*)$/.exec(line) ?? [];
    if (setting === undefined) continue;
    settings.set(setting, value === '' ? [] : [...(settings.get(setting) ?? []), value]);
  }
  const all = (setting: string): readonly string[] => settings.get(setting) ?? [];
  return {
    path,
    all,
    one: (setting) => {
      const [value, ...others] = all(setting);
      if (value === undefined || others.length > 0) throw new Error(`${name}: ${setting} is not there once`);
      return value;
    },
  };
}

/** A folder that stands for `/`, and what stands for things that are not below it. */
export interface Installed {
  readonly root: string;
  readonly unit: Unit;
  /** The service's name without its ending: its folders are called so. */
  readonly name: string;
  /** In place of `/opt/NAME`. */
  readonly application: string;
}

/** Makes the folders of the unit and hands over its credentials, with the mode that systemd shows where it uses an ACL. */
export function handCredentials({ root, unit, name }: Installed): void {
  for (const folder of ['run', 'var/lib', `run/credentials/${name}.service`]) {
    mkdirSync(join(root, folder), { recursive: true });
  }
  mkdirSync(join(root, 'run', unit.one('RuntimeDirectory')), {
    mode: Number.parseInt(unit.one('RuntimeDirectoryMode'), 8),
  });
  mkdirSync(join(root, 'var/lib', unit.one('StateDirectory')), {
    mode: Number.parseInt(unit.one('StateDirectoryMode'), 8),
  });
  for (const credential of unit.all('LoadCredential')) {
    const [id = '', path = ''] = credential.split(':');
    const copy = join(root, 'run/credentials', `${name}.service`, id);
    copyFileSync(join(root, path), copy);
    chmodSync(copy, 0o440);
  }
}

/** A command line of the unit, with its specifiers and paths as they are below the folder. */
export function commandLine(installed: Installed, line: string): readonly string[] {
  return line.split(' ').map((word) => located(installed, word));
}

/** The environment that the unit gives, and nothing else. Its file wins over its lines (systemd.exec). */
export function environmentOf(installed: Installed): Readonly<Record<string, string>> {
  const { root, unit } = installed;
  const files = unit.all('EnvironmentFile').map((path) => readFileSync(join(root, path), 'utf8'));
  const file = files.join('\n');
  if (file.includes('%')) throw new Error('systemd expands nothing in such a file');
  const assignments = [...unit.all('Environment'), ...file.split('\n').filter((line) => /^[A-Z]/.test(line))];
  const pairs = assignments.map((line): [string, string] => {
    const at = line.indexOf('=');
    return [line.slice(0, at), located(installed, line.slice(at + 1))];
  });
  return {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    ...Object.fromEntries(pairs),
  };
}

function located({ root, name, application }: Installed, text: string): string {
  return text
    .replaceAll(`/run/${name}/`, join(root, 'run', name, '/'))
    .replaceAll(`/opt/${name}`, application)
    .replaceAll(`/etc/${name}/`, join(root, 'etc', name, '/'))
    .replaceAll('%d', join(root, 'run/credentials', `${name}.service`))
    .replaceAll('%t', join(root, 'run'))
    .replaceAll('%S', join(root, 'var/lib'))
    .replace(/^\/usr\/bin\/node$/, process.execPath);
}

export function execStartPre(installed: Installed): void {
  for (const line of installed.unit.all('ExecStartPre')) {
    const [command = '', ...args] = commandLine(installed, line);
    execFileSync(command, args, { env: environmentOf(installed) });
  }
}

/** ExecStart under strace, which writes every system call to `trace`. */
export function execStart(installed: Installed, trace: string): ChildProcess {
  const command = commandLine(installed, installed.unit.one('ExecStart'));
  return spawn('strace', ['-f', '-qq', '-s', '0', '-o', trace, ...command], {
    env: environmentOf(installed),
    cwd: installed.root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

export function execReload({ unit }: Installed, pid: number): void {
  const [command = '', ...args] = unit.one('ExecReload').replace('$MAINPID', String(pid)).split(' ');
  execFileSync(command, args);
}

/** Names of the system calls that a filter line allows (`~`: takes away), groups resolved as systemd has them. */
export function allowedSystemCalls(unit: Unit): ReadonlySet<string> {
  const allowed = new Set<string>();
  for (const line of unit.all('SystemCallFilter')) {
    const takesAway = line.startsWith('~');
    for (const word of line.replace('~', '').split(' ')) {
      for (const call of resolve(word)) {
        if (takesAway) allowed.delete(call);
        else allowed.add(call);
      }
    }
  }
  return allowed;
}

function resolve(word: string): readonly string[] {
  if (!word.startsWith('@')) return [word];
  const text = execFileSync('systemd-analyze', ['syscall-filter', '--no-pager', word], { encoding: 'utf8' });
  return text
    .split('\n')
    .slice(1)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .flatMap(resolve);
}
