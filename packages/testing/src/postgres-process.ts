import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Account } from './postgres-account.ts';

/** A running postmaster. Its output is in `postgres.log` beside the data directory. */
export interface Postmaster {
  readonly pid: number;
  /** SIGINT ("fast shutdown": sessions are cut, data is flushed); SIGQUIT and SIGKILL if it does not end. */
  stop(): Promise<void>;
  /** SIGKILL to the postmaster and, on Linux, to every process of it at once: nothing gets to say goodbye. */
  kill9(): Promise<void>;
}

export interface PostmasterOptions {
  readonly postgres: string;
  readonly account: Account;
  /** Holds `data` and `postgres.log`; also the directory of the Unix socket. */
  readonly directory: string;
  readonly port: number;
  /** `name=value` server settings. */
  readonly settings: readonly string[];
  /** Told the pid as soon as there is one: before the server is ready it already has to be ended with us. */
  readonly onSpawn: (pid: number) => void;
}

const READY_MS = 30_000;
const STOP_MS = 10_000;

/** Starts the server and waits until it accepts connections. Throws with the end of its log when it does not. */
export async function startPostmaster(options: PostmasterOptions): Promise<Postmaster> {
  const { directory } = options;
  const log = openSync(join(directory, 'postgres.log'), 'a', 0o600);
  const arguments_ = ['-D', join(directory, 'data'), '-p', String(options.port)];
  for (const setting of options.settings) arguments_.push('-c', setting);
  // Its own session: a Ctrl-C at the terminal reaches the test runner, and the watchdog then ends the server.
  const child = spawn(options.postgres, arguments_, {
    ...options.account,
    cwd: directory,
    env: { LC_ALL: 'C' },
    stdio: ['ignore', log, log],
    detached: true,
  });
  closeSync(log);
  child.unref();
  const pid = await spawned(child);
  options.onSpawn(pid);
  await untilReady(child, pid, directory);
  return {
    pid,
    stop: () => stopChild(child),
    kill9: async () => {
      const family = [pid, ...childrenOf(pid)];
      for (const member of family) signal(member, 'SIGKILL');
      await exited(child);
    },
  };
}

/** The last lines that the server wrote, for error messages. */
export function logTail(directory: string): string {
  return readFileSync(join(directory, 'postgres.log'), 'utf8').split('\n').slice(-12).join('\n');
}

async function spawned(child: ChildProcess): Promise<number> {
  await once(child, 'spawn');
  if (child.pid === undefined) throw new Error('postgres was not started');
  return child.pid;
}

/** The server writes its state into the eighth line of postmaster.pid; the first line tells ours from a stale one. */
async function untilReady(child: ChildProcess, pid: number, directory: string): Promise<void> {
  const deadline = Date.now() + READY_MS;
  while (Date.now() < deadline) {
    if (hasExited(child)) throw new Error(`postgres ended while starting:\n${logTail(directory)}`);
    const lines = readLines(join(directory, 'data', 'postmaster.pid'));
    if (lines[0] === String(pid) && lines[7]?.trim() === 'ready') return;
    await sleep(10);
  }
  await stopChild(child);
  throw new Error(`postgres was not ready after ${READY_MS} ms:\n${logTail(directory)}`);
}

async function stopChild(child: ChildProcess): Promise<void> {
  for (const name of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
    if (hasExited(child)) return;
    child.kill(name);
    await Promise.race([exited(child), sleep(STOP_MS, undefined, { ref: false })]);
  }
}

async function exited(child: ChildProcess): Promise<void> {
  if (hasExited(child)) return;
  child.ref();
  await once(child, 'exit');
}

function hasExited(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // Gone already, which is what was wanted.
  }
}

/** Linux: the pids whose parent is `pid`. Elsewhere none: orphans end by themselves when they notice. */
function childrenOf(pid: number): number[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((name) => /^[0-9]+$/.test(name))
    .filter((name) => {
      // "pid (name) state ppid": the name may hold spaces and parentheses, so read from the last one.
      const stat = readLines(`/proc/${name}/stat`)[0] ?? '';
      return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] === String(pid);
    })
    .map(Number);
}

function readLines(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n');
  } catch {
    return [];
  }
}
