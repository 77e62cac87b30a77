export function rate(perSecond: number): string {
  return `${Math.round(perSecond).toLocaleString('en-US')}/s`;
}

export function mebibytes(value: number | null): string {
  return value === null ? 'unknown' : `${Math.round(value)} MiB`;
}

/** One line of the table: what, how much, and what else there is to say. */
export function row(name: string, value: string, note = ''): string {
  return `${name.padEnd(46)} ${value.padStart(12)}   ${note}`.trimEnd();
}
