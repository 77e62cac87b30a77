/** A tenth of the period at most: keys of many gateways are not all changed in one hour, and none too late. */
const JITTER = 0.1;

/** Earlier than the period by chance, never later: the period is how old a key may become. `random`: 0 up to 1. */
export function nextAt(everySeconds: number, now: Date, random: () => number): Date {
  return new Date(now.getTime() + everySeconds * 1000 * (1 - JITTER * random()));
}
