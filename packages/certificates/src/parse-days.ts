const UNITS: Readonly<Record<string, number>> = { d: 86_400_000, h: 3_600_000, m: 60_000 };

/** `30d`, `12h`, `90m`: milliseconds; null where it is none of these. At most ten years. */
export function parseDays(text: string): number | null {
  const [, count, unit] = /^([1-9][0-9]{0,5})([dhm])$/.exec(text.trim()) ?? [];
  const milliseconds = Number(count) * (UNITS[unit ?? ''] ?? Number.NaN);
  return milliseconds <= 3650 * 86_400_000 ? milliseconds : null;
}
