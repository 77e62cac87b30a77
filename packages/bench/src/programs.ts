import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { stopChild } from './child.ts';
import { type Environment, environmentOf } from './config.ts';

const program = (path: string): string => fileURLToPath(new URL(`../../../apps/${path}`, import.meta.url));
const GATEWAY = program('vectorvue-gateway/bin/vectorvue-gateway.js');
const AGENT = program('spectrastrike-agent/bin/spectrastrike-agent.js');
const READY_MS = 120_000;

export interface RunningGateway {
  readonly port: number;
  /** Resident memory now and at its highest, MiB; null where /proc is not there. */
  memory(): { readonly nowMiB: number; readonly peakMiB: number } | null;
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
    env: environmentOf(variables),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log = (log + text).slice(-20_000);
  });
  let timer: NodeJS.Timeout | undefined;
  try {
    const listen = await new Promise<string>((resolve, reject) => {
      let stdout = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        stdout += text;
        const line = stdout.split('\n').find((one) => one.includes('"gateway.ready"'));
        if (line !== undefined) resolve((JSON.parse(line) as { listen: string }).listen);
      });
      child.once('exit', (code) => reject(new Error(`the gateway ended with ${code}\n${log}`)));
      timer = setTimeout(() => reject(new Error(`the gateway was not ready in time\n${log}`)), READY_MS);
    });
    return {
      port: Number(listen.slice(listen.lastIndexOf(':') + 1)),
      memory: () => memoryOf(child.pid ?? 0),
      stop: () => stopChild(child),
    };
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

function memoryOf(pid: number): { nowMiB: number; peakMiB: number } | null {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const field = (name: string): number =>
      Number(new RegExp(`^${name}:\\s+([0-9]+) kB$`, 'm').exec(status)?.[1] ?? Number.NaN) / 1024;
    return { nowMiB: field('VmRSS'), peakMiB: field('VmHWM') };
  } catch {
    return null;
  }
}

/** One command to its end, and what it printed. */
export async function runProgram(
  name: 'agent' | 'gateway',
  args: readonly string[],
  variables: Environment,
): Promise<{ readonly exitCode: number; readonly stdout: string; readonly stderr: string }> {
  const child = spawn(process.execPath, [name === 'agent' ? AGENT : GATEWAY, ...args], {
    env: environmentOf(variables),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { exitCode: code ?? 1, ...output };
}
