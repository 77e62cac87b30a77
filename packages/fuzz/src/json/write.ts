import type { Random } from '../random.ts';
import { type Node, NumberToken, ObjectNode, RawText } from './tree.ts';

/** PROTOCOL.md section 10, written a second time for the oracle. */
export function writeCompat(node: Node): string {
  return write(node, { string: compatString, number: compatNumber, order: byCodePoint });
}

/** RFC 8785, likewise. */
export function writeJcs(node: Node): string {
  return write(node, {
    string: (text) => JSON.stringify(text),
    number: (token) => JSON.stringify(Number(token)),
    order: (a, b) => (a < b ? -1 : a > b ? 1 : 0),
  });
}

interface Form {
  readonly string: (text: string) => string;
  readonly number: (token: string) => string;
  readonly order: (a: string, b: string) => number;
}

function write(node: Node, form: Form): string {
  if (node === null || typeof node === 'boolean') return String(node);
  if (typeof node === 'string') return form.string(node);
  if (node instanceof NumberToken) return form.number(node.token);
  if (node instanceof RawText) return node.text;
  if (Array.isArray(node)) return `[${node.map((item) => write(item, form)).join(',')}]`;
  const entries = [...node.entries].sort(([a], [b]) => form.order(a, b));
  return `{${entries.map(([key, value]) => `${form.string(key)}:${write(value, form)}`).join(',')}}`;
}

/**
 * Order by code point, which is that of the code units but where a surrogate meets U+E000..U+FFFF: astral characters
 * are the larger ones, and their units are the smaller ones.
 */
function byCodePoint(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i += 1) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

/** Surrogates after everything else. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

const SHORT: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\f': '\\f',
  '\r': '\\r',
};

function compatString(text: string): string {
  let out = '"';
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    const character = text.charAt(i);
    if (SHORT[character] !== undefined) out += SHORT[character];
    else if (unit < 0x20 || unit > 0x7e) out += `\\u${unit.toString(16).padStart(4, '0')}`;
    else out += character;
  }
  return `${out}"`;
}

function compatNumber(token: string): string {
  if (!/[.eE]/.test(token)) return token === '-0' ? '0' : token;
  const value = Number(token);
  if (Object.is(value, -0)) return '-0.0';
  if (value === 0) return '0.0';
  const [mantissa = '', exponentText = '0'] = value.toExponential().split('e');
  const exponent = Number(exponentText);
  const sign = mantissa.startsWith('-') ? '-' : '';
  const digits = mantissa.replace(/[-.]/g, '');
  if (exponent < -4 || exponent >= 16) {
    const rest = digits.length > 1 ? `.${digits.slice(1)}` : '';
    const size = String(Math.abs(exponent)).padStart(2, '0');
    return `${sign}${digits.slice(0, 1)}${rest}e${exponent < 0 ? '-' : '+'}${size}`;
  }
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  return `${sign}${whole}.${digits.slice(exponent + 1) || '0'}`;
}

/** What a careless writer does: white space, order as it came, escapes at will. Valid JSON, mostly not canonical. */
export function writeLoose(node: Node, random: Random): string {
  const gap = (): string => (random.chance(0.1) ? random.pick([' ', '\n', '\t', '\r\n']) : '');
  const text = (value: string): string =>
    JSON.stringify(value).replace(/[/a-z]/g, (character) => {
      if (!random.chance(0.02)) return character;
      return character === '/' ? '\\/' : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
    });
  // An escape must not be taken apart by another one.
  const safe = (value: string): string => {
    const plain = JSON.stringify(value);
    return plain === `"${value}"` ? text(value) : plain;
  };
  const loose = (value: Node): string => {
    if (typeof value === 'string') return safe(value);
    if (value instanceof NumberToken) return value.token;
    if (value instanceof RawText) return value.text;
    if (Array.isArray(value)) return `[${gap()}${value.map(loose).join(`${gap()},${gap()}`)}]`;
    if (value instanceof ObjectNode) {
      const members = value.entries.map(([key, member]) => `${safe(key)}${gap()}:${gap()}${loose(member)}`);
      return `{${gap()}${members.join(`,${gap()}`)}${gap()}}`;
    }
    return String(value);
  };
  return loose(node) + gap();
}
