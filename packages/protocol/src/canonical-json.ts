import { compareCodePoints } from './code-points.ts';
import { type JsonValue, NumberLexeme } from './json-value.ts';
import { formatCompatDouble, formatJcsNumber } from './number-format.ts';
import { ProtocolError } from './protocol-error.ts';
import { DEFAULT_JSON_LIMITS } from './strict-json.ts';

/** What the two canonical forms decide differently. */
interface Form {
  string(text: string): string;
  number(value: number): string;
  integer(value: bigint): string;
  lexeme(token: NumberLexeme): string;
  compareNames(a: string, b: string): number;
}

/**
 * The compat form (PROTOCOL.md section 10): what deployed Python peers produce, every number token preserved.
 * A JS number is an integer if it is a safe one, else a double; write `double(1)` for `1.0`.
 *
 * @throws ProtocolError `invalid_json` for what has no canonical form: NaN, Infinity, an integral number beyond
 * 2^53 (is it a double or an integer?), lone surrogates, undefined, class instances, nesting deeper than 64.
 */
export function canonicalizeCompat(value: JsonValue): string {
  return write(value, COMPAT, 0);
}

/**
 * RFC 8785. Every number token is printed as the double it stands for.
 *
 * @throws ProtocolError as `canonicalizeCompat`, and for an integer beyond the range of doubles.
 */
export function canonicalizeJcs(value: JsonValue): string {
  return write(value, JCS, 0);
}

function write(value: JsonValue, form: Form, depth: number): string {
  switch (typeof value) {
    case 'string':
      return form.string(value);
    case 'number':
      return form.number(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'bigint':
      return form.integer(value);
    case 'object':
      return value === null ? 'null' : writeObject(value, form, depth + 1);
    default:
      throw new ProtocolError('invalid_json', `a value of type ${typeof value} has no JSON form`);
  }
}

function writeObject(value: object & JsonValue, form: Form, depth: number): string {
  if (value instanceof NumberLexeme) {
    return form.lexeme(value);
  }
  if (depth > DEFAULT_JSON_LIMITS.maxDepth) {
    throw new ProtocolError('invalid_json', `nested deeper than ${DEFAULT_JSON_LIMITS.maxDepth}`);
  }
  if (Array.isArray(value)) {
    let text = '[';
    for (let i = 0; i < value.length; i++) {
      text += (i === 0 ? '' : ',') + write(value[i] as JsonValue, form, depth);
    }
    return `${text}]`;
  }
  // A Date, a Map, a Uint8Array would silently lose what it holds. Comparing with Object.prototype itself
  // would refuse plain objects of another realm.
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    throw new ProtocolError('invalid_json', 'an instance of a class has no JSON form');
  }
  const members = value as { readonly [name: string]: JsonValue };
  let text = '{';
  for (const name of sorted(Object.keys(members), form)) {
    text += `${text.length === 1 ? '' : ','}${form.string(name)}:${write(members[name] as JsonValue, form, depth)}`;
  }
  return `${text}}`;
}

/**
 * Names of one object are all different. Most objects arrive in canonical order and need no sorting; of the rest most
 * hold no astral character, for which the engine's own order is the order of both forms.
 */
function sorted(names: string[], form: Form): string[] {
  if (isAscending(names, form) || isAscending(names.sort(), form)) {
    return names;
  }
  return names.sort(form.compareNames);
}

function isAscending(names: readonly string[], form: Form): boolean {
  for (let i = 1; i < names.length; i++) {
    if (form.compareNames(names[i - 1] as string, names[i] as string) > 0) {
      return false;
    }
  }
  return true;
}

/** Well-formedness is a property of the whole string: under the `u` flag only lone surrogates match. */
const LONE_SURROGATE = /\p{Surrogate}/u;
/** Something that is not itself inside of quotes in the compat form. */
const NOT_PLAIN = /[^ !#-[\]-~]/;
const EACH_BEYOND_PRINTABLE_ASCII = /[\u007f-\uffff]/g;

/** JSON.stringify writes strings exactly as RFC 8785 section 3.2.2.2 does, once lone surrogates are refused. */
function jcsString(text: string): string {
  if (LONE_SURROGATE.test(text)) {
    throw new ProtocolError('invalid_json', 'a lone surrogate has no UTF-8 form');
  }
  return JSON.stringify(text);
}

function compatString(text: string): string {
  if (!NOT_PLAIN.test(text)) {
    return `"${text}"`;
  }
  return jcsString(text).replace(
    EACH_BEYOND_PRINTABLE_ASCII,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function finite(value: number): number {
  if (!Number.isFinite(value)) {
    throw new ProtocolError('invalid_json', 'NaN, Infinity and overflow have no JSON form');
  }
  return value;
}

const COMPAT: Form = {
  string: compatString,
  number(value) {
    if (Number.isSafeInteger(value)) {
      return String(value);
    }
    if (Number.isInteger(value)) {
      throw new ProtocolError('invalid_json', 'an integral number beyond 2^53: say bigint or double()');
    }
    return formatCompatDouble(finite(value));
  },
  integer: String,
  lexeme(token) {
    if (token.isInteger()) {
      return token.lexeme === '-0' ? '0' : token.lexeme;
    }
    return formatCompatDouble(token.toNumber());
  },
  compareNames: compareCodePoints,
};

const JCS: Form = {
  string: jcsString,
  number(value) {
    return formatJcsNumber(finite(value));
  },
  integer(value) {
    return formatJcsNumber(finite(Number(value)));
  },
  lexeme(token) {
    return formatJcsNumber(finite(token.toNumber()));
  },
  compareNames: (a, b) => (a < b ? -1 : 1),
};
