import { escaped } from './escape-text.ts';

/** Head and tail of an identifier: enough to tell two apart by eye. What is short stays whole. */
export function shorten(value: string, head = 8, tail = 6): string {
  const safe = escaped(value);
  return safe.length <= head + tail + 3 ? safe : `${safe.slice(0, head)}…${safe.slice(-tail)}`;
}
