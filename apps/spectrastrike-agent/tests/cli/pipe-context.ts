import { Readable } from 'node:stream';
import type { CliContext } from '../../src/cli/cli-context.ts';

/** Surroundings of a program that is only looked at. */
export const PIPE_CONTEXT: CliContext = {
  environment: {},
  stdout: { write: () => undefined, isTerminal: false },
  stderr: { write: () => undefined, isTerminal: false },
  stdin: Readable.from([]),
  now: () => 0,
  random: (bytes) => new Uint8Array(bytes),
  signal: new AbortController().signal,
};
