/**
 * The URI names of a certificate, from what Node makes of its subjectAltName: `DNS:a, URI:spiffe://b/c`. A name that
 * holds a comma, a quote or a control character comes as a JSON string, so that it cannot pretend to be two; it is
 * read as one. Text that is not of this form gives no names at all.
 */
export function uriNames(subjectAltName: string | undefined): readonly string[] {
  if (subjectAltName === undefined || subjectAltName === '') return [];
  const names: string[] = [];
  let at = 0;
  while (at < subjectAltName.length) {
    ENTRY.lastIndex = at;
    const [whole, kind, quoted, plain] = ENTRY.exec(subjectAltName) ?? [];
    if (whole === undefined || kind === undefined) return [];
    if (kind === 'URI') {
      const name = quoted === undefined ? plain : unquoted(quoted);
      if (name === undefined) return [];
      names.push(name);
    }
    at = ENTRY.lastIndex;
  }
  return names;
}

/** Kind, then a JSON string or text without comma and quote; then the next entry, or the end. */
const ENTRY = /([A-Za-z][A-Za-z ]*):(?:("(?:[^"\\]|\\.)*")|([^,"]*))(?:, |$)/y;

function unquoted(text: string): string | undefined {
  try {
    return JSON.parse(text) as string;
  } catch {
    return undefined;
  }
}
