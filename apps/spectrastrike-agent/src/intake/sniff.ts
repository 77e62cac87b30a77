import { firstInk, withoutBom } from './json/utf8.ts';
import type { ReportShape } from './types.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const OPEN_BRACKET = 0x5b;

/** Only the beginning of a text that may be XML is searched for its root element. Bytes. */
const XML_HEAD = 1024 * 1024;

/** Lines that are tried for an object when the first ones are damaged. */
const MAX_TRIED_LINES = 1000;

/**
 * Looks at the bytes just long enough to say what kind of report they are. Lenient on purpose: whether the
 * report is well-formed is for its adapter to say, with a position. Linear; never throws.
 */
export function sniff(bytes: Uint8Array): ReportShape {
  const body = withoutBom(bytes);
  const start = firstInk(body);
  if (start === -1) {
    return shape('empty');
  }
  const first = body[start];
  if (first === 0x3c) {
    return { ...shape('xml'), root: xmlRoot(body.subarray(start, start + XML_HEAD)) };
  }
  if (first === OPEN_BRACKET) {
    const next = firstInk(body, start + 1);
    const found = body[next] === OPEN_BRACE ? objectMembers(body, next) : new Set<string>();
    return { ...shape('json'), members: found, emptyArray: body[next] === 0x5d };
  }
  const members = membersOfLines(body, start);
  return members.size > 0 || first === OPEN_BRACE ? { ...shape('json'), members } : shape('other');
}

function shape(kind: ReportShape['kind']): ReportShape {
  return { kind, members: new Set(), root: '', emptyArray: false };
}

/**
 * A damaged first line must not hide what the others are. After the first try, which takes a document that goes
 * over many lines, each line is looked at by itself, so that no byte is looked at more than twice.
 */
function membersOfLines(body: Uint8Array, start: number): ReadonlySet<string> {
  const whole = body[start] === OPEN_BRACE ? objectMembers(body, start) : new Set<string>();
  if (whole.size > 0) {
    return whole;
  }
  for (let at = start, tried = 0; at < body.length && tried < MAX_TRIED_LINES; tried++) {
    const newline = body.indexOf(0x0a, at);
    const end = newline === -1 ? body.length : newline;
    if (body[at] === OPEN_BRACE) {
      const members = objectMembers(body.subarray(at, end), 0);
      if (members.size > 0) {
        return members;
      }
    }
    at = end + 1;
  }
  return new Set();
}

/** Names directly inside the object that begins at `start`: strings at its depth that a colon follows. */
function objectMembers(body: Uint8Array, start: number): ReadonlySet<string> {
  const names = new Set<string>();
  let depth = 0;
  for (let at = start; at < body.length; at++) {
    const byte = body[at];
    if (byte === QUOTE) {
      const end = stringEnd(body, at + 1);
      if (depth === 1 && end - at <= 64 && colonFollows(body, end + 1)) {
        names.add(Buffer.from(body.subarray(at + 1, end)).toString('latin1'));
      }
      at = end;
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      depth++;
    } else if (byte === 0x7d || byte === 0x5d) {
      depth--;
      if (depth === 0) {
        break;
      }
    }
  }
  return names;
}

function stringEnd(body: Uint8Array, start: number): number {
  let at = start;
  while (at < body.length && body[at] !== QUOTE) {
    at += body[at] === BACKSLASH ? 2 : 1;
  }
  return at;
}

function colonFollows(body: Uint8Array, start: number): boolean {
  let at = start;
  while (at < body.length && (body[at] ?? 0x21) <= 0x20) {
    at++;
  }
  return body[at] === 0x3a;
}

/** The name of the first element: `<` and a letter, outside comments, instructions and declarations. */
function xmlRoot(head: Uint8Array): string {
  const text = Buffer.from(head).toString('latin1');
  for (let at = text.indexOf('<'); at !== -1; at = text.indexOf('<', at)) {
    if (text.startsWith('<!--', at)) {
      const end = text.indexOf('-->', at);
      if (end === -1) {
        return '';
      }
      at = end;
    } else if (text.startsWith('<?', at) || text.startsWith('<!', at)) {
      at += 2;
    } else {
      return /^<([A-Za-z_][A-Za-z0-9_.:-]{0,63})/.exec(text.slice(at, at + 66))?.[1] ?? '';
    }
  }
  return '';
}
