import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { compileCache } from '@nyxera/federation-testing';
import { AGENT_PROGRAM } from '../cli/agent-program.ts';

export interface DaemonProcess {
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  /** The ready line. */
  readonly ready: Record<string, unknown>;
  /** Lines of the log so far, as JSON. */
  log(): readonly Record<string, unknown>[];
  /** Sends the signal, waits for the end, and returns the exit code and the signal that ended it. */
  end(signal: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

/** `run` as a process of its own; rejects with its log where it ends before it is ready. */
export function startDaemon(
  environment: Readonly<Record<string, string>>,
  args: readonly string[] = [],
): Promise<DaemonProcess> {
  const child = spawn(process.execPath, [AGENT_PROGRAM, 'run', ...args], {
    env: { ...compileCache(), ...environment },
    cwd: '/',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  let logged = '';
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal }));
  });
  child.stderr.on('data', (chunk: Buffer) => {
    logged += chunk.toString();
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    void ended.then(({ code }) => reject(new Error(`ended with ${code}: ${logged}`)));
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      const end = said.indexOf('\n');
      if (end < 0) return;
      resolve({
        child,
        ready: JSON.parse(said.slice(0, end)) as Record<string, unknown>,
        log: () => logged.split('\n').flatMap(parsedLine),
        end: (signal) => {
          child.kill(signal);
          return ended;
        },
      });
    });
  });
}

function parsedLine(line: string): readonly Record<string, unknown>[] {
  try {
    return [JSON.parse(line) as Record<string, unknown>];
  } catch {
    return [];
  }
}

/** Until it holds; the test's own timeout is the limit. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 10));
}
