import { config } from 'zod/v4/core';

/**
 * The protocol's schemas would try whether they may be compiled, which is an `eval`: the Content-Security-Policy blocks it, and
 * reports that somebody tried.
 */
export function forbidEval(): void {
  config({ jitless: true });
}
