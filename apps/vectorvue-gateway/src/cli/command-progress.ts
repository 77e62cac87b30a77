import { type ProgressBar, progressBar } from '@nyxera/federation-cli';
import { type CliIo, screenOfStream } from './io.ts';

/** A bar with rate and remaining time on standard error where a person looks at it; nothing in a pipe. */
export function commandProgress(io: CliIo): ProgressBar {
  return progressBar({ shown: screenOfStream(io, io.stderr).moves, now: () => io.now() });
}
