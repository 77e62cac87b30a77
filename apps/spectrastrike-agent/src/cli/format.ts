/** RFC 3339 in UTC, to the second; `-` for null. Unix milliseconds. */
export function instant(ms: number | null): string {
  if (ms === null || !Number.isFinite(ms)) return '-';
  return new Date(ms).toISOString().replace(/\.[0-9]{3}Z$/, 'Z');
}

/** The first characters of a hash, for tables; JSON always has the whole. */
export function shortHash(hash: string): string {
  return hash.length > 16 ? `${hash.slice(0, 16)}…` : hash;
}

/** `1 event`, `2 events`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
