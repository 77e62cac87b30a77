/** Time and chance, injected. The default is the machine's. */
export interface SignerTime {
  /** Unix milliseconds. */
  now(): number;
  /** Resolves after so many milliseconds. */
  wait(ms: number): Promise<void>;
  /** Runs once after so many milliseconds, without keeping the process alive; the answer cancels it. */
  later(ms: number, run: () => void): () => void;
  /** Uniform in [0, 1); for jitter, not for secrets. */
  random(): number;
}

export interface OpenSignerOptions {
  /**
   * Bytes of the longest message that the caller may have to sign. A custodian that does not sign that much is refused
   * while it is opened: a message of this size is really signed. Default 0: only a small probe.
   */
  readonly largestInputBytes?: number;
  /**
   * Asks a person for the PIN of a token whose URI names no pin-source; null where none was given. Only a command on a
   * terminal has this; without it such a URI is refused.
   */
  readonly askPin?: ((token: string) => Promise<string | null>) | undefined;
  readonly time?: SignerTime;
}

/** A timer takes at most 2^31 - 1 ms; more would fire at once. */
const LONGEST_TIMER_MS = 2_147_483_647;

export const systemTime: SignerTime = {
  now: () => Date.now(),
  wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  later: (ms, run) => {
    const timer = setTimeout(run, Math.min(ms, LONGEST_TIMER_MS));
    timer.unref();
    return () => clearTimeout(timer);
  },
  random: () => Math.random(),
};
