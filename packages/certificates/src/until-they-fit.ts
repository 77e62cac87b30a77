import { setTimeout as sleep } from 'node:timers/promises';

/** How long a certificate and its key may disagree before it is said. Milliseconds. */
const GRACE_MS = 500;
const STEP_MS = 25;

/**
 * Reads a certificate and its key until they fit, or for half a second, and gives what was read last. Whoever replaces
 * two files replaces one after the other (`switchPair`, an ACME client, `cp`): a program that starts between the two must
 * not fail with a pair that never was meant.
 */
export async function untilTheyFit<T>(read: () => Promise<T>, fits: (pair: T) => boolean): Promise<T> {
  for (let waited = 0; ; waited += STEP_MS) {
    const pair = await read();
    if (waited >= GRACE_MS || fits(pair)) return pair;
    await sleep(STEP_MS);
  }
}
