/**
 * PostgreSQL text cannot hold U+0000, and JSON strings can: `"campaign_id":"a\u0000b"` is a legal request and must
 * become neither a 500 nor another string. So every string that goes into the database is written with an
 * escape that no ordinary text contains, and read back through its inverse: U+2400 (the picture of NUL) followed
 * by `0` is U+0000, U+2400 twice is U+2400 itself. Injective, so two different strings never become one key.
 * Evidence bodies are bytea and are not touched. Somebody who reads with psql sees the picture.
 */
const ESCAPE = '\u2400';
const NUL = '\u0000';

/** A lone surrogate, which UTF-8 cannot carry, becomes U+FFFD; the parser has refused such requests before. */
export function toTextColumn(value: string): string {
  if (!value.includes(NUL) && !value.includes(ESCAPE)) return value;
  return value.replaceAll(ESCAPE, ESCAPE + ESCAPE).replaceAll(NUL, `${ESCAPE}0`);
}

/** What was not written by `toTextColumn` (a lone U+2400 from psql) is returned as it is. */
export function fromTextColumn(text: string): string {
  if (!text.includes(ESCAPE)) return text;
  return text.replace(/\u2400([0\u2400])/g, (_, next: string) => (next === '0' ? NUL : ESCAPE));
}
