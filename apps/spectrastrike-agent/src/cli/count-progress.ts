import { type ProgressBar, progressBar, screenOf } from '@nyxera/federation-cli';
import type { CliContext } from './cli-context.ts';

/** A bar on standard error where a person looks at it; nothing in a pipe, with `--json` and with `--quiet`. */
export function countProgress(context: CliContext, json: boolean, noun: string): ProgressBar {
  const shown = !json && screenOf(context.stderr, context.environment).moves;
  return progressBar({ shown, noun, now: () => context.now() });
}
