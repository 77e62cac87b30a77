/** Milliseconds. */
export interface RetrySettings {
  readonly min_ms: number;
  readonly max_ms: number;
}

/** A receiver may ask for patience, not for an end: longer than an hour is not waited for. Milliseconds. */
const LONGEST_RETRY_AFTER_MS = 3_600_000;

/**
 * Exponential backoff with jitter over its upper half, so that many forwarders do not come back at once, and none at
 * once. `failures`: since the last success, from 1. What a receiver asked for (Retry-After) is a lower bound.
 */
export function retryDelayMs(
  failures: number,
  settings: RetrySettings,
  random: () => number,
  retryAfterMs = 0,
): number {
  const ceiling = Math.min(settings.max_ms, settings.min_ms * 2 ** Math.min(failures - 1, 30));
  const delay = ceiling / 2 + (random() * ceiling) / 2;
  return Math.round(Math.max(delay, Math.min(retryAfterMs, LONGEST_RETRY_AFTER_MS)));
}
