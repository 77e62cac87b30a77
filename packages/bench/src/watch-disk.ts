import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Percentiles, percentiles } from './percentiles.ts';

/** One block, as a small commit writes it. */
const BYTES = 8_192;
const PAUSE_MS = 20;

/**
 * What a small durable write costs beside whatever is measured: 8 KiB over what is there and `fdatasync`, some forty times a
 * second, on the file system of `directory`. Milliseconds, waiting for a core included. A disk that is busy with what the
 * kernel writes by itself keeps every commit waiting, and a latency cannot be read without knowing how often and how long.
 *
 * Resolves when it runs; `stop` answers with what was seen until then.
 */
export async function watchDisk(directory: string): Promise<{ stop(): Promise<Percentiles | null> }> {
  const path = join(directory, 'watched-disk');
  const file = await open(path, 'w');
  const block = Buffer.alloc(BYTES, 'x');
  const took: number[] = [];
  const write = async (): Promise<void> => {
    await file.write(block, 0, BYTES, 0);
    await file.datasync();
  };
  // The first one makes the file, which costs more.
  await write();
  let stopped = false;
  const watch = async (): Promise<void> => {
    while (!stopped) {
      const started = performance.now();
      await write();
      took.push(performance.now() - started);
      await sleep(PAUSE_MS);
    }
  };
  const watching = watch();
  // Told by `stop`, and not to the process.
  watching.catch(() => undefined);
  return {
    async stop() {
      stopped = true;
      try {
        await watching;
      } finally {
        await file.close();
        await rm(path);
      }
      return percentiles([Float64Array.from(took)]);
    },
  };
}
