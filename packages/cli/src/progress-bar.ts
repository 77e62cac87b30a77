import { Presets, SingleBar } from 'cli-progress';

export interface ProgressBar {
  /** Starts it at the first call. `total` may grow. */
  update(done: number, total: number): void;
  /** Takes it off the screen. */
  stop(): void;
}

export interface ProgressOptions {
  /** Whether anybody sees it: a terminal whose cursor moves, and neither `--quiet` nor `--json`. */
  readonly shown: boolean;
  /** Of what: `events`. */
  readonly noun?: string;
  /** Unix milliseconds. */
  now(): number;
}

/** Nothing is seen of it. */
export const NO_PROGRESS: ProgressBar = { update: () => undefined, stop: () => undefined };

/** A bar with rate and time left on standard error. Nothing where it is not shown: a pipe gets no control sequences. */
export function progressBar({ shown, noun, now }: ProgressOptions): ProgressBar {
  if (!shown) return NO_PROGRESS;
  const bar = new SingleBar(
    {
      format: `{bar} {percentage}% | {value}/{total}${noun === undefined ? '' : ` ${noun}`} | {rate} | eta {eta_formatted}`,
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
        started = now();
        bar.start(total, 0, { rate: '' });
      }
      const seconds = (now() - started) / 1000;
      bar.setTotal(total);
      bar.update(done, { rate: seconds < 1 ? '' : `${Math.round(done / seconds)}/s` });
    },
    stop: () => {
      if (started !== null) bar.stop();
    },
  };
}
