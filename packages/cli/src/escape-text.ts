/**
 * Everything that is no visible character: control characters (Cc), format characters that reorder or hide text
 * (Cf), lone surrogates (Cs), private use and unassigned code points, line and paragraph separators. Reports,
 * gateways and peers choose this text: written raw it could move the cursor, retitle the terminal, forge a line of
 * output, or show a target that is another one (Unicode TR36).
 */
const NOT_VISIBLE = /[\p{C}\p{Zl}\p{Zp}]/gu;

const NAMED: ReadonlyMap<string, string> = new Map([
  ['\n', '\\n'],
  ['\t', '\\t'],
  ['\r', '\\r'],
]);

/** The text with every such character written as an escape; a backslash is doubled, so it stays unambiguous. */
export function escapeText(text: string): string {
  return text
    .replaceAll('\\', '\\\\')
    .replaceAll(NOT_VISIBLE, (found) => NAMED.get(found) ?? escapeCode(found));
}

/** As `escapeText`, for a text of ours that has several lines: its line feeds stay. */
export function escapeLines(text: string): string {
  return text.split('\n').map(escapeText).join('\n');
}

function escapeCode(found: string): string {
  const hex = (found.codePointAt(0) ?? 0).toString(16);
  return hex.length > 4 ? `\\u{${hex}}` : `\\u${hex.padStart(4, '0')}`;
}

/**
 * For a document that has backslashes of its own (a stored event, a rules file): only what is not visible is written
 * otherwise, and as JSON does it, so that a JSON text stays one of the same value.
 */
export function escapeDocument(text: string): string {
  return text.replaceAll(NOT_VISIBLE, (found) =>
    Array.from({ length: found.length }, (_, unit) => escapeUnit(found, unit)).join(''),
  );
}

function escapeUnit(found: string, unit: number): string {
  return `\\u${found.charCodeAt(unit).toString(16).padStart(4, '0')}`;
}

/** JSON in ASCII: what is invisible is escaped, and any parser reads the same value. */
export function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
