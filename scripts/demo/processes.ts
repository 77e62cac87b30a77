import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { programEnvironment } from '@nyxera/federation-testing';

const root = new URL('../..', import.meta.url).pathname;

/** The two programs as an operator runs them: the built command, nothing of their insides. */
export const PROGRAMS = {
  gateway: join(root, 'apps/vectorvue-gateway/bin/vectorvue-gateway.js'),
  agent: join(root, 'apps/spectrastrike-agent/bin/spectrastrike-agent.js'),
} as const;

export interface Finished {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** The last line of stdout as JSON; null where it is none. */
  readonly json: unknown;
}

export type Environment = Readonly<Record<string, string>>;

function lastLineAsJson(stdout: string): unknown {
  const line = stdout.trimEnd().split('\n').at(-1) ?? '';
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

/** Runs one command to its end; killed, and reported as exit code 124, after `timeoutMs`. */
export async function runProgram(
  program: keyof typeof PROGRAMS,
  args: readonly string[],
  variables: Environment,
  timeoutMs = 60_000,
): Promise<Finished> {
  const child = spawn(process.execPath, [PROGRAMS[program], ...args], {
    env: programEnvironment(variables),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const exitCode = await new Promise<number>((resolve) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      resolve(124);
    }, timeoutMs);
    child.once('close', (code) => {
      clearTimeout(timer);
      resolve(code ?? 1);
    });
  });
  return { exitCode, stdout, stderr, json: lastLineAsJson(stdout) };
}

export interface RunningGateway {
  readonly listen: string;
  readonly adminListen: string;
  readonly database: string;
  /** Everything it logged so far, JSON lines. */
  log(): string;
  /** SIGTERM, and the exit code it ended with; SIGKILL and -1 if it has not ended after ten seconds. */
  stop(): Promise<number>;
  /** SIGKILL: what a crash or a power switch does to a process. Resolves when the process is gone. */
  kill(): Promise<void>;
}

interface ReadyLine {
  readonly event: string;
  readonly listen: string;
  readonly adminListen: string;
  readonly database?: string;
}

/** Starts `vectorvue-gateway serve` and resolves when it says that it accepts requests. */
export async function startGateway(variables: Environment, timeoutMs = 60_000): Promise<RunningGateway> {
  const child = spawn(process.execPath, [PROGRAMS.gateway, 'serve'], {
    env: programEnvironment(variables),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text;
  });
  const ended = new Promise<number>((resolve) => {
    child.once('close', (code) => resolve(code ?? 1));
  });
  const ready = await waitForReady(child, ended, timeoutMs, () => log);
  return {
    listen: ready.listen,
    adminListen: ready.adminListen,
    database: ready.database ?? 'unknown',
    log: () => log,
    stop: () => stop(child, ended),
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

async function waitForReady(
  child: ChildProcess,
  ended: Promise<number>,
  timeoutMs: number,
  log: () => string,
): Promise<ReadyLine> {
  let stdout = '';
  const found = new Promise<ReadyLine>((resolve) => {
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      for (const line of stdout.split('\n').slice(0, -1)) {
        if (line.includes('"gateway.ready"')) resolve(JSON.parse(line) as ReadyLine);
      }
    });
  });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`the gateway was not ready in time\n${log()}`)), timeoutMs);
  });
  const died = ended.then((code): never => {
    throw new Error(`the gateway ended with ${code} before it was ready\n${log()}`);
  });
  try {
    return await Promise.race([found, late, died]);
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  } finally {
    clearTimeout(timer);
    died.catch(() => undefined);
  }
}

async function stop(child: ChildProcess, ended: Promise<number>): Promise<number> {
  child.kill('SIGTERM');
  let timer: NodeJS.Timeout | undefined;
  const forced = new Promise<number>((resolve) => {
    timer = setTimeout(() => {
      child.kill('SIGKILL');
      resolve(-1);
    }, 10_000);
  });
  const code = await Promise.race([ended, forced]);
  clearTimeout(timer);
  return code;
}
