import { type Screen, screenOf } from '@nyxera/federation-cli';
import type { Variables } from '../config/settings.ts';

/** Where a command writes. */
export interface OutputStream {
  readonly isTTY: boolean;
  /** Its width, where it is a terminal that says so. */
  readonly columns?: number | undefined;
  write(text: string): void;
  /** Resolves when what was written has been taken; absent: at once. For whoever writes more than fits in memory. */
  drained?(): Promise<void>;
}

/** Everything that a command line touches outside of itself, injected. */
export interface CliIo {
  readonly environment: Variables;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  /** Unix milliseconds. */
  now(): number;
  /** `cli:<login name>`: what the audit log says. */
  readonly actor: string;
  /** How long to wait for another process that holds the embedded database. Milliseconds, default 30,000. */
  readonly lockWaitMs?: number;
}

/** What one of the two streams of a command can show. */
export function screenOfStream(io: CliIo, stream: OutputStream): Screen {
  return screenOf({ isTerminal: stream.isTTY, columns: stream.columns }, io.environment);
}
