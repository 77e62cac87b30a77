import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { runCommandLine } from '../../src/cli/run-cli.ts';
import type { Ran } from './run-agent.ts';

/**
 * One command line within this process: the commands as they are, without the second that it takes to start the
 * program. For tests of many short commands; `runAgent` is what a user starts.
 */
export async function runInProcess(
  environment: Readonly<Record<string, string>>,
  args: readonly string[],
): Promise<Ran> {
  let stdout = '';
  let stderr = '';
  const code = await runCommandLine(args, {
    environment,
    stdout: {
      write: (text) => {
        stdout += text;
      },
      isTerminal: false,
    },
    stderr: {
      write: (text) => {
        stderr += text;
      },
      isTerminal: false,
    },
    stdin: Readable.from([]),
    now: Date.now,
    random: (bytes) => randomBytes(bytes),
    signal: new AbortController().signal,
  });
  return { code, stdout, stderr, last: lastLine(stdout) };
}

function lastLine(text: string): Record<string, unknown> | null {
  try {
    return JSON.parse(text.trimEnd().split('\n').at(-1) ?? '') as Record<string, unknown>;
  } catch {
    return null;
  }
}
