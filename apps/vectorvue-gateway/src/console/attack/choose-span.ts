const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Longer ranges are answered in days: there are 24 times as few rows to add up. */
const LONGEST_IN_HOURS_MS = 3 * DAY_MS;

export interface CountedRange {
  readonly span: 'hour' | 'day';
  readonly from: Date;
  /** Excluded. */
  readonly to: Date;
}

/** The whole hours, or days, that a range touches: counts are kept by them (migration 19). */
export function chooseSpan(from: Date, to: Date): CountedRange {
  const span = to.getTime() - from.getTime() > LONGEST_IN_HOURS_MS ? 'day' : 'hour';
  const unit = span === 'day' ? DAY_MS : HOUR_MS;
  return {
    span,
    from: new Date(Math.floor(from.getTime() / unit) * unit),
    to: new Date(Math.ceil(to.getTime() / unit) * unit),
  };
}
