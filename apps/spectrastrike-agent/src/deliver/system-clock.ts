import type { DeliveryClock } from './types.ts';

/** Longest timer that Node keeps; longer waits are made of several by whoever waits in a loop. */
const MAX_TIMER_MS = 2 ** 31 - 1;

export const systemClock: DeliveryClock = {
  now: () => Date.now(),
  wait: (ms, signal) =>
    new Promise((resolve) => {
      if (signal.aborted) {
        resolve();
        return;
      }
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, Math.min(ms, MAX_TIMER_MS));
      signal.addEventListener('abort', done, { once: true });
    }),
};
