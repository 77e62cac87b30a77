export type KeyState = 'pending' | 'active' | 'retiring' | 'revoked';

export interface LifeStep {
  readonly state: KeyState;
  /** RFC 3339: from then on. */
  readonly from: string;
}

/** Unix milliseconds, [from, until). */
export interface Period {
  readonly from: number;
  readonly until: number;
}

export interface LifeSpan {
  readonly state: KeyState;
  /** Part of the axis, 0 to 1. */
  readonly start: number;
  readonly end: number;
}

const LEAST_MS = 300_000;

/** From the first thing that happened to now; at least five minutes, so that a key of this minute is not the whole axis. */
export function axisOf(lives: readonly (readonly LifeStep[])[], now: number): Period {
  const first = lives.flatMap((life) => life.map(({ from }) => Date.parse(from)));
  return { from: Math.min(now - LEAST_MS, ...first), until: now };
}

/** The states of one key as parts of an axis; what is before or after it is left out. */
export function spansOf(life: readonly LifeStep[], axis: Period): readonly LifeSpan[] {
  const place = (at: number): number => Math.min(1, Math.max(0, (at - axis.from) / (axis.until - axis.from)));
  return life.flatMap(({ state, from }, index) => {
    const next = life[index + 1];
    const start = place(Date.parse(from));
    const end = next === undefined ? 1 : place(Date.parse(next.from));
    return end > start ? [{ state, start, end }] : [];
  });
}
