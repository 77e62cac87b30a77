import { formatCompatDouble } from './number-format.ts';
import { ProtocolError } from './protocol-error.ts';

/** RFC 8259 number grammar. */
const NUMBER = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/;

/**
 * A number token that a JS number would not carry unchanged: `1.0`, `1e5`, `-0.0`, integers beyond 2^53.
 * The signature covers the token, so the token is what is kept (PROTOCOL.md section 10).
 */
export class NumberLexeme {
  readonly lexeme: string;

  /** @throws ProtocolError if the text is not a JSON number, or is a double that overflows. */
  constructor(lexeme: string) {
    if (!NUMBER.test(lexeme)) {
      throw new ProtocolError('invalid_json', 'not a JSON number token');
    }
    this.lexeme = lexeme;
    if (!this.isInteger() && !Number.isFinite(Number(lexeme))) {
      throw new ProtocolError('invalid_json', 'a double beyond the range of IEEE 754');
    }
  }

  /** True for a token without `.`, `e`, `E`: it is an integer of any size, not a double. */
  isInteger(): boolean {
    return !/[.eE]/.test(this.lexeme);
  }

  /** The nearest double; Infinity for an integer beyond the range. */
  toNumber(): number {
    return Number(this.lexeme);
  }
}

export type JsonValue =
  | null
  | boolean
  | string
  | number
  | bigint
  | NumberLexeme
  | readonly JsonValue[]
  | JsonObject;

export interface JsonObject {
  readonly [member: string]: JsonValue;
}

/** A JS number that must be a double on the wire: `double(1)` is `1.0`, which is not `1`. */
export function double(value: number): NumberLexeme {
  if (!Number.isFinite(value)) {
    throw new ProtocolError('invalid_json', 'NaN and Infinity have no JSON form');
  }
  return new NumberLexeme(formatCompatDouble(value));
}

/** An object, and neither an array nor a number token. */
export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof NumberLexeme)
  );
}

/**
 * The number that a value is, whichever way it was written; null for anything else.
 * For members whose rule is a range (`confidence`), where `1` and `1.0` are both allowed.
 */
export function numberOf(value: JsonValue | undefined): number | null {
  if (typeof value === 'number') {
    return value;
  }
  return value instanceof NumberLexeme ? value.toNumber() : null;
}
