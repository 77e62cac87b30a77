import { availableParallelism } from 'node:os';
import type { Settings } from './settings.ts';

const NAME = 'VV_TG_VERIFY_THREADS';
const MOST = 16;
/** One thread verifies some 10,000 signatures a second, more than one event loop can take in. */
const USUAL_MOST = 2;

/**
 * How many threads verify request signatures, in each process. Default of a single process: one for each core but that of
 * the event loop, two at most; none where there is one core, because there a thread only adds the way to it and back.
 * With several workers none: the cores have a process each, and verifying on the event loop costs least in all.
 */
export function readVerifyThreads(settings: Settings, workers: number): number {
  const spare = workers > 1 ? 0 : availableParallelism() - 1;
  return settings.integer(NAME, { default: Math.min(USUAL_MOST, spare), min: 0, max: MOST });
}
