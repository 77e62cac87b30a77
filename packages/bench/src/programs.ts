import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { programEnvironment } from '@nyxera/federation-testing';
import { stopChild } from './child.ts';
import type { Environment } from './config.ts';
import { type Memory, memoryOf, memoryOfTree } from './process-memory.ts';

const program = (path: string): string => fileURLToPath(new URL(`../../../apps/${path}`, import.meta.url));
const GATEWAY = program('vectorvue-gateway/bin/vectorvue-gateway.js');
const AGENT = program('spectrastrike-agent/bin/spectrastrike-agent.js');
const READY_MS = 120_000;

export interface RunningGateway {
  readonly port: number;
  /** Of its administration listener, `host:port`. */
  readonly adminListen: string;
  /** As its ready line says; 1 where it says nothing. */
  readonly workers: number;
  /** Of the primary and its workers together. */
  memory(): Memory | null;
  /** SIGTERM; resolves when it is gone. */
  stop(): Promise<void>;
}

/** The built gateway as an operator runs it. `profileDirectory`: with `--cpu-prof`, written when it ends. */
export async function startGateway(
  variables: Environment,
  profileDirectory: string | null = null,
): Promise<RunningGateway> {
  const profile = profileDirectory === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileDirectory}`];
  const child = spawn(process.execPath, [...profile, GATEWAY, 'serve'], {
    env: programEnvironment(variables),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log = (log + text).slice(-20_000);
  });
  let timer: NodeJS.Timeout | undefined;
  try {
    const ready = await new Promise<Ready>((resolve, reject) => {
      let stdout = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        stdout += text;
        const line = stdout.split('\n').find((one) => one.includes('"gateway.ready"'));
        if (line !== undefined) resolve(JSON.parse(line) as Ready);
      });
      child.once('exit', (code) => reject(new Error(`the gateway ended with ${code}\n${log}`)));
      timer = setTimeout(() => reject(new Error(`the gateway was not ready in time\n${log}`)), READY_MS);
    });
    return {
      port: Number(ready.listen.slice(ready.listen.lastIndexOf(':') + 1)),
      adminListen: ready.adminListen,
      workers: ready.workers ?? 1,
      memory: () => memoryOfTree(child.pid ?? 0),
      stop: () => stopChild(child),
    };
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

interface Ready {
  readonly listen: string;
  readonly adminListen: string;
  readonly workers?: number;
}

export interface Finished {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** The last that was seen of it while it ran. */
  readonly memory: Memory | null;
}

const LOOK_MS = 100;

/** One command to its end, and what it printed. `stopAfterMs`: then it is sent SIGTERM. */
export async function runProgram(
  name: 'agent' | 'gateway',
  args: readonly string[],
  variables: Environment,
  stopAfterMs: number | null = null,
): Promise<Finished> {
  const child = spawn(process.execPath, [name === 'agent' ? AGENT : GATEWAY, ...args], {
    env: programEnvironment(variables),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text;
  });
  let memory: Memory | null = null;
  const looking = setInterval(() => {
    const seen = memoryOf(child.pid ?? 0);
    // A process that is gone but not yet collected has no memory any more.
    if (seen !== null && !Number.isNaN(seen.peakMiB)) memory = seen;
  }, LOOK_MS);
  const timer = stopAfterMs === null ? undefined : setTimeout(() => child.kill('SIGTERM'), stopAfterMs);
  try {
    const [code] = (await once(child, 'close')) as [number | null];
    return { exitCode: code ?? 1, ...output, memory };
  } finally {
    clearInterval(looking);
    clearTimeout(timer);
  }
}
