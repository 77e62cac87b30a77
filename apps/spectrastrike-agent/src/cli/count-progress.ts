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
  const started = context.now();
  let shown = false;
  return {
    update: (done, total) => {
      const seconds = (context.now() - started) / 1000;
      const rate = seconds < 1 ? '' : `${Math.round(done / seconds)}/s`;
      if (!shown) bar.start(total, done, { rate });
      shown = true;
      bar.setTotal(total);
      bar.update(done, { rate });
    },
    stop: () => {
      if (shown) bar.stop();
    },
  };
}
