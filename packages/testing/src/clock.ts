/** A clock that moves only when told. Pass `clock.now` or the clock itself where code takes a clock. */
export interface FakeClock {
  /** Milliseconds since the Unix epoch. Bound: may be passed on without its object. */
  readonly now: () => number;
  /** Moves forward by `ms`, or back when it is negative. */
  readonly advance: (ms: number) => void;
  readonly set: (ms: number) => void;
}

export function fakeClock(startMs: number): FakeClock {
  let current = startMs;
  return {
    now: () => current,
    advance: (ms) => {
      current += ms;
    },
    set: (ms) => {
      current = ms;
    },
  };
}
