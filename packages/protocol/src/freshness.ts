/** The only skew and lifetime constants of the project. All in seconds. */

/** Allowed distance between the clock and a request's timestamp (PROTOCOL.md section 3). */
export const DEFAULT_SKEW_SECONDS = 30;
/** How long a claimed nonce is kept after max(database clock, timestamp) (PROTOCOL.md section 4). */
export const DEFAULT_NONCE_TTL_SECONDS = 120;
/** Allowed distance between the agent's clock and a feedback's `signed_at` (PROTOCOL.md section 8). */
export const FEEDBACK_MAX_AGE_SECONDS = 300;
/** A feedback nonce is kept until `signed_at` plus this: one second longer than the feedback could be fresh. */
export const FEEDBACK_NONCE_KEEP_SECONDS = 301;
/** How far an adjustment's timestamp may be ahead of the `signed_at` of its answer (PROTOCOL.md section 8). */
export const ADJUSTMENT_AHEAD_SECONDS = 30;

/**
 * The least nonce lifetime with which no request can outlive its nonce: the window is open for two skews, and
 * five seconds of clock difference between process and database are tolerated, rounded up.
 */
export function minimumNonceTtl(skewSeconds: number): number {
  return 2 * skewSeconds + 6;
}

/** Both in Unix seconds; equality passes. `nowSeconds` may have a fraction. False for NaN. */
export function isFresh(
  timestamp: number,
  nowSeconds: number,
  skewSeconds: number = DEFAULT_SKEW_SECONDS,
): boolean {
  return Math.abs(nowSeconds - timestamp) <= skewSeconds;
}
