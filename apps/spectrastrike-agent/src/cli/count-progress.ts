import { Presets, SingleBar } from 'cli-progress';
import type { CliContext } from './cli-context.ts';

export interface CountProgress {
  update(done: number, total: number): void;
  stop(): void;
}

/** A bar with rate and time left on standard error where a person looks at it; nothing in a pipe and with `--json`. */
export function countProgress(context: CliContext, json: boolean, noun: string): CountProgress {
  if (json || !context.stderr.isTerminal) return { update: () => undefined, stop: () => undefined };
  const bar = new SingleBar(
    {
      format: `{bar} {percentage}% | {value}/{total} ${noun} | {rate} | eta {eta_formatted}`,
      stream: process.stderr,
      hideCursor: true,
      clearOnComplete: true,
      stopOnComplete: false,
    },
    Presets.legacy,
  );
  let started: number | null = null;
  return {
    update: (done, total) => {
      if (started === null) {
        started = context.now();
        bar.start(total, done, { rate: '' });
      }
      const seconds = (context.now() - started) / 1000;
      bar.setTotal(total);
      bar.update(done, { rate: seconds < 1 ? '' : `${Math.round(done / seconds)}/s` });
    },
    stop: () => {
      if (started !== null) bar.stop();
    },
  };
}
