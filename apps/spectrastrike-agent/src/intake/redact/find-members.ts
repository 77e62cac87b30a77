import { closingQuote, lineEnd, quoteAt, type Span, skipBlanks } from './spans.ts';

/** Names as they are written in forms, queries, JSON, YAML, code and XML; `-`, `_` or nothing between the words. */
export const NAMES: readonly (readonly [pattern: string, kind: string])[] = [
  ['pass(?:word|wd|phrase|wort)', 'password'],
  ['private[-_]?key', 'private-key'],
  ['(?:account|shared(?:[-_]?access)?)[-_]?key', 'azure-key'],
  ['(?:api|access|subscription)[-_]?key', 'api-key'],
  ['(?:signing|encryption)[-_]?key', 'secret'],
  ['(?:php|j|asp)?sess(?:ion)?[-_]?id', 'session'],
  ['secret', 'secret'],
  ['credential', 'secret'],
  ['token', 'token'],
  ['x-amz-signature', 'signature'],
  ['(?<![A-Za-z0-9])(?:pwd|pass)(?![A-Za-z0-9])', 'password'],
  ['(?<=[?&;])(?:sig|auth|signature)(?==)', 'signature'],
];

const NAME = new RegExp(NAMES.map(([pattern]) => `(${pattern})`).join('|'), 'gi');

/** The rest of an identifier after the telling part: `password_confirmation`, `secretKeyBase`. */
const MAX_TAIL = 40;

/** A backslash begins an escaped quote or line break. Raw forms hold brackets, pipes and commas, so these stay. */
const ASSIGNED = /[^\s&;"'`<\\]*/y;

/** After a colon: the rest of JSON, YAML or code goes on after a comma or a closing bracket. */
const MAPPED = /[^\s&;,"'`<\\)}\]]*/y;

/** In a query inside of a query, `%26` is the `&`. */
const PERCENT = /(?:(?!%26)[^\s&;"'`<\\])*/y;

/** What an earlier rule has left here. */
const REDACTED = /\[redacted:[a-z-]{1,32}\]/y;

/** Not secrets, and good to know: a password that is null is a finding of its own. */
const LITERAL = /^(?:null|nil|none|true|false|undefined|\*+|x{3,}|<[a-z]{1,16}>)?$/i;

/** Values of members with a telling name: form, query, JSON (also inside a string), YAML, code, XML, HTML inputs. */
export function* findMembers(text: string): Generator<Span> {
  const pattern = new RegExp(NAME);
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    const kind = NAMES[match.slice(1).findIndex((group) => group !== undefined)]?.[1] ?? 'secret';
    const value = valueAfter(text, match.index, match.index + match[0].length);
    if (value !== null && !isLiteral(text, value.start, value.end)) {
      yield { ...value, kind };
      pattern.lastIndex = Math.max(value.end, pattern.lastIndex);
    }
  }
}

function isLiteral(text: string, start: number, end: number): boolean {
  return end - start <= 32 && LITERAL.test(text.slice(start, end));
}

function valueAfter(text: string, nameStart: number, nameEnd: number): { start: number; end: number } | null {
  TAIL.lastIndex = nameEnd;
  let at = nameEnd + (TAIL.exec(text)?.[0].length ?? 0);
  at += quoteAt(text, at)?.length ?? 0;
  CLOSERS.lastIndex = at;
  at += CLOSERS.exec(text)?.[0].length ?? 0;
  const part = run(PART_HEAD_END, text, at);
  if (
    part.end > at &&
    /name=\\{0,8}["']?[A-Za-z0-9_-]*$/i.test(text.slice(Math.max(0, nameStart - 48), nameStart))
  ) {
    return { start: part.end, end: lineEnd(text, part.end, null) };
  }
  if (text[at] === ',' && isArgument(text, nameStart)) {
    return quotedValue(text, skipBlanks(text, at + 1));
  }
  SEPARATOR.lastIndex = at;
  const separator = SEPARATOR.exec(text)?.[0] ?? (isOption(text, nameStart) ? ' ' : undefined);
  if (separator === undefined || (separator === ' ' && !/[ \t]/.test(text[at - 1] ?? ''))) {
    return null;
  }
  const start = skipBlanks(text, at + separator.trimEnd().length);
  const quoted = quotedValue(text, start) ?? quotedValue(text, run(BREAK_AND_BLANKS, text, start).end);
  if (quoted !== null) {
    return quoted;
  }
  if (separator === '>') {
    return /<[^<>]*$/.test(text.slice(Math.max(0, nameStart - 64), nameStart))
      ? run(ELEMENT_TEXT, text, start)
      : null;
  }
  const redacted = run(REDACTED, text, start).end;
  const value = separator.startsWith('%') ? PERCENT : separator === ':' ? MAPPED : ASSIGNED;
  const { end } = run(value, text, redacted);
  return end === redacted && redacted > start ? null : { start, end };
}

/** `define('DB_PASSWORD', 'pw')`: the next argument, where it is written out. Not the next name of a list. */
function isArgument(text: string, nameStart: number): boolean {
  return /\([ \t]{0,8}["'`][A-Za-z0-9_.-]{0,64}$/.test(text.slice(Math.max(0, nameStart - 80), nameStart));
}

/** What stands within the quotes that open at `at`; null where none do. */
function quotedValue(text: string, at: number): { start: number; end: number } | null {
  const quote = quoteAt(text, at);
  if (quote === null) {
    return null;
  }
  const open = at + quote.length;
  return { start: open, end: closingQuote(text, open, quote.quote, quote.slashes) };
}

/** `--db-password hunter2`: a blank is the separator. */
function isOption(text: string, nameStart: number): boolean {
  return /(?:^|[\s"'])--[A-Za-z0-9-]*$/.test(text.slice(Math.max(0, nameStart - 40), nameStart));
}

function run(pattern: RegExp, text: string, start: number): { start: number; end: number } {
  pattern.lastIndex = start;
  return { start, end: start + (pattern.exec(text)?.[0].length ?? 0) };
}

const ELEMENT_TEXT = /[^<]*/y;

const TAIL = new RegExp(`[A-Za-z0-9_-]{0,${MAX_TAIL}}`, 'y');

/** `config["password"] = …`, and the `value` of an HTML input that is named `password`. */
const CLOSERS = /(?:%22)?[ \t]{0,16}[\])]{0,2}[ \t]{0,16}(?:value(?==))?/y;

/** `name="password"`, an empty line, the value: a part of a multipart form. */
const PART_HEAD_END = /(?:\r?\n){2}|(?:(?:\\{1,4}r)?\\{1,4}n){2}/y;

/** Printed JSON may put a quoted value on the next line. */
const BREAK_AND_BLANKS = /\r?\n[ \t]{0,64}/y;

/** A comparison too: what is compared with a password is one. `>` is the end of an XML start tag. */
const SEPARATOR = /:?={1,3}>?|:|>|%3[AaDd]/y;
