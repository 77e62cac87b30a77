import { randomBytes } from 'node:crypto';
import { isatty } from 'node:tty';
import { pinAsker } from './cli/ask-pin.ts';
import type { CliContext } from './cli/cli-context.ts';
import { runCommandLine } from './cli/run-cli.ts';

/** Runs one command line in this process and returns its exit code. Importing this module does nothing. */
export async function runCli(argv: readonly string[]): Promise<number> {
  const stop = new AbortController();
  const onSignal = (): void => {
    stop.abort();
    // The second one, whichever it is, ends the process at once.
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  };
  process.once('SIGINT', onSignal);
  process.once('SIGTERM', onSignal);
  // A reader that goes away (`| head`) ends the output, not the work with an unhandled error.
  process.stdout.on('error', ignoreClosedPipe);
  process.stderr.on('error', ignoreClosedPipe);
  try {
    return await runCommandLine(argv, processContext(stop.signal));
  } finally {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
}

function processContext(signal: AbortSignal): CliContext {
  const terminal = process.stderr.isTTY === true ? (text: string) => void process.stderr.write(text) : null;
  // Asked of the descriptor: only a terminal's input is opened before a command wants it.
  const askPin = isatty(0) ? pinAsker(process.stdin, terminal) : undefined;
  return {
    ...(askPin === undefined ? {} : { askPin }),
    environment: process.env,
    stdout: {
      write: (text) => void process.stdout.write(text),
      isTerminal: process.stdout.isTTY === true,
      columns: process.stdout.columns,
    },
    stderr: {
      write: (text) => void process.stderr.write(text),
      isTerminal: process.stderr.isTTY === true,
      columns: process.stderr.columns,
    },
    // Only when it is asked for: to look at a terminal's input is to hold it.
    get stdin() {
      return process.stdin;
    },
    onHangup: (listener) => {
      process.on('SIGHUP', listener);
      return () => void process.off('SIGHUP', listener);
    },
    now: Date.now,
    random: (bytes) => randomBytes(bytes),
    signal,
  };
}

function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}
