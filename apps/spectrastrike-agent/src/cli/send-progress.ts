import { Presets, SingleBar } from 'cli-progress';
import type { DeliveryProgress } from '../deliver/types.ts';
import type { CliContext } from './cli-context.ts';

export interface SendProgress {
  update(progress: DeliveryProgress): void;
  stop(): void;
}

/** A bar on standard error where a person looks at it; nothing in a pipe and with `--json`. */
export function sendProgress(context: CliContext, json: boolean): SendProgress {
  if (json || !context.stderr.isTerminal) return { update: () => undefined, stop: () => undefined };
  const bar = new SingleBar(
    {
      format: '{bar} {percentage}% | {value}/{total} events | {rate} | eta {eta_formatted}',
      stream: process.stderr,
      hideCursor: true,
      clearOnComplete: true,
      stopOnComplete: false,
    },
    Presets.legacy,
  );
  let started: number | null = null;
  return {
    update: (progress) => {
      const done = progress.delivered + progress.duplicates + progress.quarantined;
      const total = done + progress.pending;
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
