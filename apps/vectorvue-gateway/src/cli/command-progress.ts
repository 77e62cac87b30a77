import { Presets, SingleBar } from 'cli-progress';
import type { CliIo } from './io.ts';

export interface CommandProgress {
  update(done: number, total: number): void;
  stop(): void;
}

/** A bar with rate and remaining time on standard error where a person looks at it; nothing in a pipe. */
export function commandProgress(io: CliIo): CommandProgress {
  if (!io.stderr.isTTY) return { update: () => undefined, stop: () => undefined };
  const bar = new SingleBar(
    {
      format: '{bar} {percentage}% | {value}/{total} | {rate} | eta {eta_formatted}',
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
        started = io.now();
        bar.start(total, 0, { rate: '' });
      }
      const seconds = (io.now() - started) / 1000;
      bar.update(done, { rate: seconds < 1 ? '' : `${Math.round(done / seconds)}/s` });
    },
    stop: () => {
      if (started !== null) bar.stop();
    },
  };
}
