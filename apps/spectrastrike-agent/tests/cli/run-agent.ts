import { spawn } from 'node:child_process';
import { compileCache } from '@nyxera/federation-testing';
import { AGENT_PROGRAM } from './agent-program.ts';

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The last line of standard output, as JSON; null where it is none. */
  readonly last: Record<string, unknown> | null;
}

/** Runs the agent as a process of its own, with exactly this environment. */
export function runAgent(
  environment: Readonly<Record<string, string>>,
  args: readonly string[],
  input?: string,
): Promise<Ran> {
  return runNode([AGENT_PROGRAM, ...args], environment, input);
}

export function runNode(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  input = '',
): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...args], {
      env: { ...compileCache(), ...environment },
      cwd: '/',
    });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    child.on('error', reject);
    child.on('close', (code) => {
      const text = Buffer.concat(stdout).toString();
      resolve({ code, stdout: text, stderr: Buffer.concat(stderr).toString(), last: lastLine(text) });
    });
  });
}

function lastLine(text: string): Record<string, unknown> | null {
  const line = text.trimEnd().split('\n').at(-1) ?? '';
  try {
    const parsed: unknown = JSON.parse(line);
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
