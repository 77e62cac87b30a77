/**
 * How many refusals of a kind are written down, per minute: a flood of strangers must not fill log or
 * database (ARCHITECTURE.md, promise 8). All are counted by the metrics; these are only the written ones.
 */
export interface RefusalSampler {
  /** True: write this one. */
  take(kind: string, nowMs: number): boolean;
}

const WINDOW_MS = 60_000;

/** `kind` must come from a closed set (error codes, TLS reasons): the map keeps one entry for each. */
export function createRefusalSampler(perMinute: number): RefusalSampler {
  const windows = new Map<string, { startMs: number; taken: number }>();
  return {
    take: (kind, nowMs) => {
      let window = windows.get(kind);
      if (window === undefined || Math.abs(nowMs - window.startMs) >= WINDOW_MS) {
        window = { startMs: nowMs, taken: 0 };
        windows.set(kind, window);
      }
      window.taken += 1;
      return window.taken <= perMinute;
    },
  };
}
