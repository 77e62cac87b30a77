import { SECRET_HEADERS } from './secret-names.ts';
import { closingQuote, foldedEnd, lineEnd, quoteAt, quoteBefore, type Span, skipBlanks } from './spans.ts';

const NAME = new RegExp(Object.keys(SECRET_HEADERS).join('|'), 'gi');

/**
 * Values of secret headers, as they stand in raw requests (`Cookie: a=b`), in shell commands (`-H 'Cookie: a=b'`),
 * in JSON inside a string (`"cookie":"a=b"`, escaped or not) and in source code (`["Authorization"] = "…"`).
 */
export function* findHeaders(text: string): Generator<Span> {
  const pattern = new RegExp(NAME);
  const lists = new ListEnds(text);
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    const kind = SECRET_HEADERS[match[0].toLowerCase()] ?? 'secret';
    const value = valueAfter(text, match.index, match.index + match[0].length, lists);
    if (value !== null) {
      yield { ...value, kind };
      pattern.lastIndex = Math.max(value.end, pattern.lastIndex);
    }
  }
}

/** What a branch scans ahead becomes its span, so that no stretch of a hostile text is scanned twice. */
function valueAfter(
  text: string,
  nameStart: number,
  nameEnd: number,
  lists: ListEnds,
): { start: number; end: number } | null {
  const closer = quoteAt(text, nameEnd);
  let at = skipBlanks(text, nameEnd + (closer?.length ?? 0));
  if (text[at] === ']') {
    at = skipBlanks(text, at + 1);
  }
  const separator = text.startsWith('=>', at) ? '=>' : (text[at] ?? '');
  if (separator !== '=>' && separator !== ':' && separator !== '=' && separator !== ',') {
    return null;
  }
  const start = skipBlanks(text, at + separator.length);
  if (closer === null && separator === ':') {
    // A header as it is sent: all of the line and those it is folded over, also where the value begins with a
    // quote. In `-H 'Cookie: a=b' https://…` it ends where its argument does.
    const around = quoteBefore(text, nameStart);
    const end = lineEnd(text, start, around);
    return { start, end: around === null ? foldedEnd(text, end) : end };
  }
  const quote = quoteAt(text, start);
  if (quote !== null) {
    const open = start + quote.length;
    return { start: open, end: closingQuote(text, open, quote.quote, quote.slashes) };
  }
  if (separator === ',') {
    return null;
  }
  return { start, end: (text[start] === '[' ? lists.endAfter(start) : null) ?? lineEnd(text, start, null) };
}

/** Ends of lists that are the value of a JSON member. That there is none after a point is looked up only once. */
class ListEnds {
  readonly #text: string;
  #none = false;

  constructor(text: string) {
    this.#text = text;
  }

  endAfter(start: number): number | null {
    const end = this.#none ? -1 : this.#text.indexOf(']', start);
    this.#none = end === -1;
    return end === -1 ? null : end;
  }
}
