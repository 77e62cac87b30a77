/**
 * Text from outside may hold escape sequences that rewrite the screen, invisible characters and direction marks
 * that make it read as something else (Unicode TR36). Everything that is not a visible character or a space is
 * written as `\x1b` or `\u{202e}`; tab and newline too, so that a cell is always one cell.
 */
const NOT_VISIBLE = /[\p{C}\p{Zl}\p{Zp}]/gu;

export function escapeText(text: string): string {
  return text.replace(NOT_VISIBLE, (character) => {
    if (character === '\n') return '\\n';
    if (character === '\t') return '\\t';
    const code = character.codePointAt(0) ?? 0;
    return code <= 0xff ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
  });
}

/** JSON in ASCII: what is invisible is escaped, and any parser reads the same value. */
export function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
