/** A stretch of text to be replaced by `[redacted:<kind>]`; UTF-16 offsets, end exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly kind: string;
}

/**
 * Finds secrets of one sort. Spans come in ascending order and do not overlap. Every finder is linear in the
 * text: it walks forward, and what it scans ahead it either consumes or bounds, because the text is hostile.
 */
export type Finder = (text: string) => Iterable<Span>;

const MARKER = /^\[redacted:[a-z-]{1,32}\]$/;

export function marker(kind: string): string {
  return `[redacted:${kind}]`;
}

/** Replaces what the finder finds, except what an earlier rule has replaced already. */
export function replaceSpans(text: string, find: Finder, count: (kind: string) => void): string {
  let output = '';
  let done = 0;
  for (const { start, end, kind } of find(text)) {
    if (end <= start || start < done || (end - start <= 48 && MARKER.test(text.slice(start, end)))) {
      continue;
    }
    output += text.slice(done, start) + marker(kind);
    done = end;
    count(kind);
  }
  return done === 0 ? text : output + text.slice(done);
}

/** An opening quote at `at`, possibly escaped by the strings around it: `"`, `'`, `\"`, `\\\"`. Null if none. */
export function quoteAt(text: string, at: number): { quote: string; slashes: number; length: number } | null {
  let slashes = 0;
  while (slashes < 8 && text[at + slashes] === '\\') {
    slashes++;
  }
  const quote = text[at + slashes];
  return quote === '"' || quote === "'" || quote === '`' ? { quote, slashes, length: slashes + 1 } : null;
}

/**
 * Where the quoted value ends: the next such quote that is not escaped more deeply than the opening one. The end
 * of the text if there is none: what is not closed is redacted to its end.
 */
export function closingQuote(text: string, from: number, quote: string, slashes: number): number {
  for (let at = text.indexOf(quote, from); at !== -1; at = text.indexOf(quote, at + 1)) {
    let before = 0;
    while (at - before > from && text[at - before - 1] === '\\') {
      before++;
    }
    if (before <= slashes) {
      return at - before;
    }
  }
  return text.length;
}

/** The quote right before `at`, with the backslashes that escape it. */
export function quoteBefore(text: string, at: number): { quote: string; slashes: number } | null {
  const quote = text[at - 1];
  if (quote !== '"' && quote !== "'" && quote !== '`') {
    return null;
  }
  let slashes = 0;
  while (slashes < 8 && text[at - 2 - slashes] === '\\') {
    slashes++;
  }
  return { quote, slashes };
}

const LINE_PART = /[\r\n\u2028\u2029]|\\{1,8}[rn]|\\{0,8}["'`]/g;

/**
 * The end of the line: a line break, one that is written as an escape (`\r`, `\n`), the quote that stands around
 * the line if one is given (not one that is escaped more deeply), or the end of the text.
 */
export function lineEnd(
  text: string,
  from: number,
  around: { quote: string; slashes: number } | null,
): number {
  LINE_PART.lastIndex = from;
  for (let part = LINE_PART.exec(text); part !== null; part = LINE_PART.exec(text)) {
    const last = part[0].at(-1) ?? '';
    const quoted = last === '"' || last === "'" || last === '`';
    if (!quoted || (around !== null && around.quote === last && part[0].length - 1 <= around.slashes)) {
      return part.index;
    }
  }
  return text.length;
}

/** A line that begins with a blank goes on with the one before (RFC 9112 section 5.2), unless it names a header itself. */
const FOLDED = /(?:\r\n|\n|\r)[ \t]+(?![ \t]|[A-Za-z0-9-]{1,64}[ \t]{0,8}:)[^\r\n]+/y;

/** The end of a header that may be folded over more lines, given the end of its first. */
export function foldedEnd(text: string, lineEnd: number): number {
  let end = lineEnd;
  for (FOLDED.lastIndex = end; FOLDED.test(text); FOLDED.lastIndex = end) {
    end = FOLDED.lastIndex;
  }
  return end;
}

/** Skips blanks and tabs. */
export function skipBlanks(text: string, from: number): number {
  let at = from;
  while (text[at] === ' ' || text[at] === '\t') {
    at++;
  }
  return at;
}
