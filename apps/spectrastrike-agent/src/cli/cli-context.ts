import type { AskPin, Environment } from '../config.ts';

/** A stream to write to, and whether a person looks at it. */
export interface CliStream {
  write(text: string): void;
  readonly isTerminal: boolean;
  /** Its width, where it is a terminal that says so. */
  readonly columns?: number | undefined;
}

/** Everything a command may touch of its process; a test passes its own. */
export interface CliContext {
  readonly environment: Environment;
  readonly stdout: CliStream;
  readonly stderr: CliStream;
  readonly stdin: AsyncIterable<Uint8Array | string>;
  /** Only where a person is at the terminal: asks for the PIN of a token that has no pin-source, once a token. */
  readonly askPin?: AskPin;
  /** Unix milliseconds. */
  now(): number;
  random(bytes: number): Uint8Array;
  /** Calls the listener at every SIGHUP until the returned function is called. Absent: no such signal. */
  onHangup?(listener: () => void): () => void;
  /** Aborted by SIGINT and SIGTERM: finish the attempt in flight, then stop; what is spooled stays. */
  readonly signal: AbortSignal;
}
