import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Percentiles, percentiles } from './percentiles.ts';

/** One block, as a small commit writes it. */
const BYTES = 8_192;
const PAUSE_MS = 20;

/** What a piece of work answered, and what its disk did meanwhile. */
export interface Watched<Result> {
  readonly result: Result;
  readonly diskMs: Percentiles | null;
}

/**
 * What a small durable write costs beside `work`: 8 KiB over what is there and `fdatasync`, some forty times a second, on the
 * file system of `directory`. Milliseconds, waiting for a core included. A disk that is busy with what the kernel
 * writes by itself keeps every commit waiting, and a latency cannot be read without knowing how often and how long.
 */
export async function watchDisk<Result>(
  directory: string,
  work: () => Promise<Result>,
): Promise<Watched<Result>> {
  const path = join(directory, 'watched-disk');
  const file = await open(path, 'w');
  const block = Buffer.alloc(BYTES, 'x');
  const took: number[] = [];
  let ended = false;
  const write = async (): Promise<void> => {
    await file.write(block, 0, BYTES, 0);
    await file.datasync();
  };
  const watch = async (): Promise<void> => {
    while (!ended) {
      const started = performance.now();
      await write();
      took.push(performance.now() - started);
      await sleep(PAUSE_MS);
    }
  };
  try {
    // The first one makes the file, which costs more.
    await write();
    const working = work().finally(() => {
      ended = true;
    });
    const [result] = await Promise.all([working, watch()]);
    return { result, diskMs: percentiles([Float64Array.from(took)]) };
  } finally {
    await file.close();
    await rm(path);
  }
}
