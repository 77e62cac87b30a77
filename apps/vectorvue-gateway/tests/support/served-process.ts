import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { compileCache, programFile } from '@nyxera/federation-testing';
import { deferred } from '../../src/accept/deferred.ts';

const PROGRAM = programFile({
  source: new URL('./serve-program.ts', import.meta.url),
  built: new URL('../../bin/vectorvue-gateway.js', import.meta.url),
});

export type LogLine = Readonly<Record<string, unknown>>;

/** `vectorvue-gateway serve` in a process of its own, with its workers. */
export interface ServedProcess {
  readonly pid: number;
  /** The ready line; rejects where the process ends before. */
  readonly ready: Promise<{ listen: string; adminListen: string; workers: number }>;
  readonly exit: Promise<number | null>;
  readonly stdout: () => string;
  /** Every log line so far. */
  readonly lines: () => readonly LogLine[];
  signal(name: NodeJS.Signals): void;
  /** Resolves with the first log line that has this message and these fields; the bound is the test's own. */
  line(message: string, fields?: LogLine, after?: number): Promise<LogLine>;
  /** SIGTERM, and the exit code. */
  stop(): Promise<number | null>;
}

export function serveInProcess(environment: Readonly<Record<string, string>>): ServedProcess {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', PROGRAM, 'serve'], {
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...compileCache(), ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // Never outlives the test, however that ends.
  const reap = (): void => void child.kill('SIGKILL');
  process.once('exit', reap);
  const ready = deferred<{ listen: string; adminListen: string; workers: number }>();
  const exit = deferred<number | null>();
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    if (stdout.includes('\n')) ready.resolve(JSON.parse(stdout.split('\n')[0] ?? ''));
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  child.once('close', (code) => {
    process.off('exit', reap);
    ready.reject(new Error(`ended with ${code} before it was ready\n${stderr}`));
    exit.resolve(code);
  });
  ready.promise.catch(() => undefined);
  const lines = (): LogLine[] =>
    stderr
      .split('\n')
      .filter((line) => line.startsWith('{') && line.endsWith('}'))
      .map((line) => JSON.parse(line) as LogLine);
  return {
    pid: child.pid ?? -1,
    ready: ready.promise,
    exit: exit.promise,
    stdout: () => stdout,
    lines,
    signal: (name) => void child.kill(name),
    line: async (message, fields = {}, after = 0) => {
      let found: LogLine | undefined;
      await until(() => {
        found = lines()
          .slice(after)
          .find((line) => line.message === message && matches(line, fields));
        return found !== undefined;
      }, `${message}\n${stderr}`);
      return found as LogLine;
    },
    stop: () => stopped(child, exit.promise),
  };
}

async function stopped(child: ChildProcess, exit: Promise<number | null>): Promise<number | null> {
  child.kill('SIGTERM');
  return exit;
}

/** Whether a log line has these fields with these values. */
export function matches(line: LogLine, fields: LogLine): boolean {
  return Object.entries(fields).every(([name, value]) => line[name] === value);
}

/** Linux: the processes that the kernel knows as its children. */
export function workersOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return text === '' ? [] : text.split(' ').map(Number);
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** The bound is a deadline of the test and no promise of the gateway. */
export async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + 120_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`it did not come true: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
