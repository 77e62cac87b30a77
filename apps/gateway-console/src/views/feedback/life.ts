/** Seconds in words: `30 min`, `2 h`, `1 d 6 h`. */
export function lifeOf(seconds: number): string {
  const units = [
    ['d', 86_400],
    ['h', 3600],
    ['min', 60],
    ['s', 1],
  ] as const;
  const parts: string[] = [];
  let left = Math.max(0, Math.round(seconds));
  for (const [unit, length] of units) {
    const count = Math.floor(left / length);
    if (count > 0) parts.push(`${count} ${unit}`);
    left -= count * length;
  }
  return parts.slice(0, 2).join(' ') || '0 s';
}

/** A stretch of a life on a time line, as parts (0 to 1) of the time that is shown. */
export interface Stretch {
  readonly begin: number;
  readonly end: number;
}

export interface Life {
  /** While it is sent to agents. */
  readonly sent: Stretch;
  /** While it binds agents that fetched it before it was shortened or withdrawn; null: it ended by itself. */
  readonly lingers: Stretch | null;
}

interface Times {
  readonly issued_at: string;
  readonly expires_at: string;
  readonly promised_until: string | null;
  readonly withdrawn_at: string | null;
}

export interface TimeWindow {
  /** Unix milliseconds. */
  readonly from: number;
  readonly to: number;
}

/** The time that shows all of these lives and now, with a little air. */
export function windowOf(lives: readonly Times[], now: number): TimeWindow {
  const moments = [now, ...lives.flatMap((life) => [Date.parse(life.issued_at), lastOf(life)])];
  const from = Math.min(...moments);
  const to = Math.max(...moments);
  const air = Math.max(30_000, (to - from) * 0.03);
  return { from: from - air, to: to + air };
}

export function placeLife(life: Times, window: TimeWindow): Life {
  const part = (moment: number) =>
    Math.min(1, Math.max(0, (moment - window.from) / (window.to - window.from)));
  const ended = life.withdrawn_at === null ? Date.parse(life.expires_at) : Date.parse(life.withdrawn_at);
  const last = lastOf(life);
  return {
    sent: { begin: part(Date.parse(life.issued_at)), end: part(ended) },
    lingers: last > ended ? { begin: part(ended), end: part(last) } : null,
  };
}

/** When it has ended for everybody, also for an agent that has it from before. Unix milliseconds. */
function lastOf(life: Times): number {
  return Math.max(Date.parse(life.expires_at), Date.parse(life.promised_until ?? life.expires_at));
}

/** Marks of the axis: round times, `most` at the most. Unix milliseconds. */
export function ticksOf(window: TimeWindow, most: number): readonly number[] {
  const steps = [60, 300, 900, 3600, 10_800, 21_600, 43_200, 86_400, 604_800, 2_592_000, 31_536_000];
  const span = (window.to - window.from) / 1000;
  const step = (steps.find((seconds) => span / seconds <= most) ?? span / most) * 1000;
  // Round in the reader's zone, where hours may not be those of UTC.
  const shift = new Date(window.from).getTimezoneOffset() * 60_000;
  const ticks: number[] = [];
  for (let at = Math.ceil((window.from - shift) / step) * step + shift; at <= window.to; at += step)
    ticks.push(at);
  return ticks;
}
