import { type BackoffLimits, delayMs } from '../retry-policy.ts';

/**
 * How fast one lane may go. The gateway's rate limit is the operator's (429), so a 429 holds the lane until
 * Retry-After; then it starts with one event in flight and adds one per acceptance (halved by each 429), so that a
 * limit of two a second is met with a few refusals, not with a full window of them each second.
 */
export class LaneFlow {
  readonly #maximum: number;
  #window: number;
  #throttles = 0;
  #holdUntilMs = 0;
  #holdCode: string | null = null;

  constructor(maximum: number) {
    this.#maximum = maximum;
    this.#window = maximum;
  }

  /** How many more may leave, with so many in flight. */
  room(nowMs: number, inFlight: number): number {
    return nowMs < this.#holdUntilMs ? 0 : Math.max(0, this.#window - inFlight);
  }

  /** Null when the lane is not held. */
  hold(nowMs: number): { readonly untilMs: number; readonly code: string } | null {
    return nowMs < this.#holdUntilMs ? { untilMs: this.#holdUntilMs, code: this.#holdCode ?? '429' } : null;
  }

  accepted(): void {
    this.#throttles = 0;
    this.#window = Math.min(this.#maximum, this.#window + 1);
  }

  /** Returns when the lane may go on, Unix milliseconds. */
  throttled(
    code: string,
    retryAfterMs: number | null,
    nowMs: number,
    limits: BackoffLimits,
    random: () => number,
  ): number {
    const until = nowMs + delayMs(this.#throttles, retryAfterMs, limits, random);
    // Several refusals of one burst are one throttling.
    if (nowMs >= this.#holdUntilMs) {
      this.#throttles += 1;
      this.#window = Math.max(1, Math.floor(this.#window / 2));
    }
    this.#holdUntilMs = Math.max(this.#holdUntilMs, until);
    this.#holdCode = code;
    return this.#holdUntilMs;
  }
}
