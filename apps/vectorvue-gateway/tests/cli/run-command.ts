import type { CliIo } from '../../src/cli/io.ts';
import { runProgram } from '../../src/cli/program.ts';

export interface Finished {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** The last line of stdout, where it is JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into documents of many shapes
  readonly json: any;
}

/** Runs one command line in this process, with an environment of its own. */
export async function runCommand(
  environment: Readonly<Record<string, string>>,
  argv: readonly string[],
  options: { readonly terminal?: boolean; readonly now?: () => number; readonly lockWaitMs?: number } = {},
): Promise<Finished> {
  let stdout = '';
  let stderr = '';
  const io: CliIo = {
    environment,
    stdout: {
      isTTY: options.terminal ?? false,
      write: (text) => {
        stdout += text;
      },
    },
    stderr: {
      isTTY: false,
      write: (text) => {
        stderr += text;
      },
    },
    now: options.now ?? (() => Date.now()),
    actor: 'cli:tester',
    ...(options.lockWaitMs === undefined ? {} : { lockWaitMs: options.lockWaitMs }),
  };
  const exitCode = await runProgram(argv, io);
  return { exitCode, stdout, stderr, json: lastDocument(stdout) };
}

function lastDocument(stdout: string): unknown {
  try {
    return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
  } catch {
    return null;
  }
}
