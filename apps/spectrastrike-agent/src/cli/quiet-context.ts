import type { CliContext } from './cli-context.ts';

export interface QuietContext {
  readonly context: CliContext;
  /** What the command had to say beside its answer: shown only where not everything was done. */
  said(): string;
}

/**
 * The surroundings of a command with `--quiet`: no bar, no log below errors, and what it says beside its answer is
 * kept until its end. So a timer's mail is empty as long as all is well, and whole where something is not.
 */
export function quietContext(context: CliContext): QuietContext {
  const kept: string[] = [];
  return {
    context: {
      ...context,
      environment: { ...context.environment, SPECTRASTRIKE_LOG_LEVEL: 'error' },
      stderr: { write: (text) => void kept.push(text), isTerminal: false },
    },
    said: () => kept.join(''),
  };
}
