/** One thing that was looked at. A warning does not stop delivery now, and may soon. */
export interface Check {
  readonly name: string;
  readonly state: 'ok' | 'warn' | 'fail';
  /** What was found, for people. */
  readonly found: string;
  /** What to do; null where all is well. */
  readonly advice: string | null;
}

export function ok(name: string, found: string): Check {
  return { name, state: 'ok', found, advice: null };
}

export function warn(name: string, found: string, advice: string): Check {
  return { name, state: 'warn', found, advice };
}

export function fail(name: string, found: string, advice: string): Check {
  return { name, state: 'fail', found, advice };
}

/** Days before the end of a certificate at which doctor begins to warn. */
export const EXPIRY_WARNING_DAYS = 30;
const DAY_MS = 86_400_000;

/** The validity of a certificate at `nowMs`, as a check. */
export function validity(name: string, notBeforeMs: number, notAfterMs: number, nowMs: number): Check {
  const until = new Date(notAfterMs).toISOString().slice(0, 10);
  if (nowMs >= notAfterMs) {
    return fail(
      name,
      `expired on ${until}`,
      'have the CA issue a new one; the gateway must then learn its pin',
    );
  }
  if (nowMs < notBeforeMs) {
    return fail(
      name,
      `not valid before ${new Date(notBeforeMs).toISOString()}`,
      'check the clock of this machine',
    );
  }
  const leftMs = notAfterMs - nowMs;
  const days = Math.floor(leftMs / DAY_MS);
  const found = `valid for ${days} more days, until ${until}`;
  return leftMs <= EXPIRY_WARNING_DAYS * DAY_MS
    ? warn(name, found, 'have the CA issue the next one, and let the gateway learn its pin before')
    : ok(name, found);
}
