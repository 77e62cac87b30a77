/**
 * Control characters (Cc), format characters that reorder or hide text (Cf), line and paragraph separators,
 * and lone surrogates. Reports, gateways and peers choose this text: written raw it could move the cursor,
 * retitle the terminal, forge a line of output or show a target that is another one.
 */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

const NAMED: ReadonlyMap<string, string> = new Map([
  ['\n', '\\n'],
  ['\t', '\\t'],
  ['\r', '\\r'],
]);

/** The text with every such character written as an escape; a backslash is doubled, so it stays unambiguous. */
export function escapeText(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll(UNSAFE, (found) => NAMED.get(found) ?? escapeCode(found));
}

function escapeCode(found: string): string {
  const hex = (found.codePointAt(0) ?? 0).toString(16);
  return hex.length > 4 ? `\\u{${hex}}` : `\\u${hex.padStart(4, '0')}`;
}
