import { compareCodePoints } from './code-points.ts';
import { NOT_COMPAT, NOT_JCS, readEscape, SHORT_ESCAPES } from './json-escape.ts';
import type { JsonLimits } from './json-limits.ts';
import { JsonRecord } from './json-record.ts';
import { Refusal } from './json-refusal.ts';
import { type JsonObject, type JsonValue, NumberLexeme } from './json-value.ts';
import { formatCompatDouble, formatJcsNumber } from './number-format.ts';
import { recentName } from './recent-names.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;
const DOT = 0x2e;

/** Fits a safe integer whatever the digits are. */
const SAFE_DIGITS = 15;

/** One pass over the bytes of one document; see `parseStrictJson` for what it promises. */
export class JsonScanner {
  compat = true;
  jcs = true;

  readonly #bytes: Uint8Array;
  /** The same input decoded once; member names and strings are slices of it. */
  readonly #text: string;
  readonly #maxDepth: number;
  readonly #maxIntegerDigits: number;
  /** Next byte. */
  #at = 0;
  /** Byte offset minus UTF-16 offset at `#at`: grows with every non-ASCII character, which only strings hold. */
  #shift = 0;
  #depth = 0;
  /** Whether the string scanned last holds a surrogate pair: only then do the two orders of names differ. */
  #astral = false;

  constructor(bytes: Uint8Array, text: string, limits: JsonLimits) {
    this.#bytes = bytes;
    this.#text = text;
    this.#maxDepth = limits.maxDepth;
    this.#maxIntegerDigits = limits.maxIntegerDigits;
  }

  document(): JsonValue {
    this.#skipSpace();
    const value = this.#value();
    this.#skipSpace();
    if (this.#at < this.#bytes.length) {
      throw new Refusal('something after the value', this.#at);
    }
    return value;
  }

  #value(): JsonValue {
    const byte = this.#bytes[this.#at];
    switch (byte) {
      case QUOTE:
        return this.#string();
      case 0x7b:
        return this.#object();
      case 0x5b:
        return this.#array();
      case 0x74:
        return this.#literal('true', true);
      case 0x66:
        return this.#literal('false', false);
      case 0x6e:
        return this.#literal('null', null);
      default:
        if (byte === undefined) {
          throw new Refusal('end of input where a value was expected', this.#at);
        }
        if (byte === MINUS || (byte >= ZERO && byte <= NINE)) {
          return this.#number();
        }
        throw new Refusal('a value was expected', this.#at);
    }
  }

  #skipSpace(): void {
    const bytes = this.#bytes;
    const start = this.#at;
    let at = start;
    for (;;) {
      const byte = bytes[at];
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) {
        break;
      }
      at++;
    }
    if (at !== start) {
      this.#at = at;
      this.compat = false;
      this.jcs = false;
    }
  }

  #literal<V extends JsonValue>(word: string, value: V): V {
    for (let i = 1; i < word.length; i++) {
      if (this.#bytes[this.#at + i] !== word.charCodeAt(i)) {
        throw new Refusal('a value was expected', this.#at);
      }
    }
    this.#at += word.length;
    return value;
  }

  #enter(): void {
    if (++this.#depth > this.#maxDepth) {
      throw new Refusal(`nested deeper than ${this.#maxDepth}`, this.#at);
    }
    this.#at++;
    this.#skipSpace();
  }

  #array(): JsonValue[] {
    this.#enter();
    const items: JsonValue[] = [];
    if (this.#bytes[this.#at] === 0x5d) {
      this.#leave();
      return items;
    }
    for (;;) {
      items.push(this.#value());
      this.#skipSpace();
      const byte = this.#bytes[this.#at];
      if (byte === 0x5d) {
        this.#leave();
        return items;
      }
      if (byte !== 0x2c) throw new Refusal('a comma or the end of the array was expected', this.#at);
      this.#at++;
      this.#skipSpace();
    }
  }

  #object(): JsonObject {
    this.#enter();
    const members = new JsonRecord();
    if (this.#bytes[this.#at] === 0x7d) {
      this.#leave();
      return members;
    }
    let previous: string | null = null;
    let ascending = true;
    let previousAstral = false;
    for (;;) {
      const nameAt = this.#at;
      if (this.#bytes[nameAt] !== QUOTE) {
        throw new Refusal('a member name was expected', nameAt);
      }
      const name = this.#name();
      const astral = this.#astral;
      if (previous !== null && !(ascending && previous < name)) {
        ascending = false;
        this.jcs = false;
        // As long as the names ascend strictly none can occur twice, and nothing needs to be looked up.
        if (name in members) {
          throw new Refusal('a member name that is already taken', nameAt);
        }
      }
      if (previous !== null && this.compat) {
        this.compat = astral || previousAstral ? compareCodePoints(previous, name) < 0 : previous < name;
      }
      previous = name;
      previousAstral = astral;
      this.#skipSpace();
      if (this.#bytes[this.#at] !== 0x3a) {
        throw new Refusal('a colon was expected', this.#at);
      }
      this.#at++;
      this.#skipSpace();
      members[name] = this.#value();
      this.#skipSpace();
      const byte = this.#bytes[this.#at];
      if (byte === 0x7d) {
        this.#leave();
        return members;
      }
      if (byte !== 0x2c) {
        throw new Refusal('a comma or the end of the object was expected', this.#at);
      }
      this.#at++;
      this.#skipSpace();
    }
  }

  #leave(): void {
    this.#at++;
    this.#depth--;
  }

  /** A member name; by way of the table of recent ones if it is printable ASCII without escapes. */
  #name(): string {
    const bytes = this.#bytes;
    const start = this.#at + 1;
    let end = start;
    for (;;) {
      const byte = bytes[end];
      if (byte === QUOTE) {
        break;
      }
      if (byte === undefined || byte < 0x20 || byte === BACKSLASH || byte > 0x7e) {
        return this.#string();
      }
      end++;
    }
    this.#at = end + 1;
    this.#astral = false;
    return recentName(bytes, start, end, this.#text, this.#shift);
  }

  #string(): string {
    const bytes = this.#bytes;
    let at = this.#at + 1;
    const start = at;
    this.#astral = false;
    // Fast path: printable ASCII up to the closing quote is canonical in both forms and a slice of the text.
    for (;;) {
      const byte = bytes[at];
      if (byte === QUOTE) {
        this.#at = at + 1;
        return this.#text.slice(start - this.#shift, at - this.#shift);
      }
      if (byte === undefined || byte < 0x20 || byte === BACKSLASH || byte > 0x7e) {
        break;
      }
      at++;
    }
    return this.#stringFrom(start, at);
  }

  /** The rest of a string that holds more than printable ASCII; `start` is its first byte, `at` the odd one. */
  #stringFrom(start: number, from: number): string {
    const bytes = this.#bytes;
    let text = '';
    let at = from;
    let runAt = start - this.#shift;
    let pendingHigh = 0;
    for (;;) {
      const byte = bytes[at];
      if (byte === BACKSLASH) {
        const short = pendingHigh === 0 ? SHORT_ESCAPES[bytes[at + 1] ?? 0] : undefined;
        if (short !== undefined) {
          text += this.#text.slice(runAt, at - this.#shift) + short;
          at += 2;
          runAt = at - this.#shift;
          continue;
        }
        text += this.#text.slice(runAt, at - this.#shift);
        const unit = this.#escape(at);
        at += bytes[at + 1] === 0x75 ? 6 : 2;
        runAt = at - this.#shift;
        if (pendingHigh !== 0) {
          if (unit < 0xdc00 || unit > 0xdfff) {
            throw new Refusal('a lone surrogate', at - 6);
          }
          text += String.fromCharCode(pendingHigh, unit);
          pendingHigh = 0;
          this.#astral = true;
        } else if (unit >= 0xd800 && unit <= 0xdbff) {
          pendingHigh = unit;
        } else if (unit >= 0xdc00 && unit <= 0xdfff) {
          throw new Refusal('a lone surrogate', at - 6);
        } else {
          text += String.fromCharCode(unit);
        }
        continue;
      }
      if (pendingHigh !== 0) {
        throw new Refusal('a lone surrogate', at);
      }
      if (byte === QUOTE) {
        this.#at = at + 1;
        return text + this.#text.slice(runAt, at - this.#shift);
      }
      if (byte === undefined) {
        throw new Refusal('end of input inside a string', at);
      }
      if (byte < 0x20) {
        throw new Refusal('a control character inside a string', at);
      }
      if (byte < 0x7f) {
        at++;
        continue;
      }
      // The compat form escapes U+007F and everything beyond it. UTF-8 was validated before.
      this.compat = false;
      if (byte === 0x7f) {
        at++;
      } else if (byte < 0xe0) {
        at += 2;
        this.#shift += 1;
      } else if (byte < 0xf0) {
        at += 3;
        this.#shift += 2;
      } else {
        at += 4;
        this.#shift += 2;
        this.#astral = true;
      }
    }
  }

  /** The UTF-16 unit of the escape at `at`, noting whether either form would have written it so. */
  #escape(at: number): number {
    const read = readEscape(this.#bytes, at);
    this.compat &&= (read & NOT_COMPAT) === 0;
    this.jcs &&= (read & NOT_JCS) === 0;
    return read & 0xffff;
  }

  #number(): number | NumberLexeme {
    const bytes = this.#bytes;
    const start = this.#at;
    let at = start;
    const negative = bytes[at] === MINUS;
    if (negative) {
      at++;
    }
    const digitsAt = at;
    let integer = 0;
    let byte = bytes[at];
    if (byte === ZERO) {
      byte = bytes[++at];
    } else {
      at = this.#digits(at);
      byte = bytes[at];
    }
    const digits = at - digitsAt;
    if (byte !== DOT && byte !== 0x65 && byte !== 0x45) {
      this.#at = at;
      if (digits > this.#maxIntegerDigits) {
        throw new Refusal(`an integer of more than ${this.#maxIntegerDigits} digits`, start);
      }
      if (digits <= SAFE_DIGITS) {
        for (let i = digitsAt; i < at; i++) {
          integer = integer * 10 + (bytes[i] ?? 0) - ZERO;
        }
        if (!negative) {
          return integer;
        }
        if (integer === 0) {
          // `-0` is the integer 0 and therefore canonical in no form.
          this.compat = false;
          this.jcs = false;
          return 0;
        }
        return -integer;
      }
      return this.#largeInteger(start, at);
    }
    if (byte === DOT) {
      at = this.#digits(at + 1);
      byte = bytes[at];
    }
    if (byte === 0x65 || byte === 0x45) {
      const sign = bytes[at + 1];
      at = this.#digits(sign === 0x2b || sign === MINUS ? at + 2 : at + 1);
    }
    this.#at = at;
    const token = this.#text.slice(start - this.#shift, at - this.#shift);
    const value = Number(token);
    if (!Number.isFinite(value)) {
      throw new Refusal('a number beyond the range of IEEE 754 doubles', start);
    }
    this.compat &&= formatCompatDouble(value) === token;
    this.jcs &&= formatJcsNumber(value) === token;
    return new NumberLexeme(token);
  }

  #largeInteger(start: number, end: number): number | NumberLexeme {
    const token = this.#text.slice(start - this.#shift, end - this.#shift);
    const value = Number(token);
    if (Number.isSafeInteger(value)) {
      return value;
    }
    // RFC 8785 knows only doubles: a token that its double does not reproduce is not in that form.
    this.jcs &&= formatJcsNumber(value) === token;
    return new NumberLexeme(token);
  }

  /** Past at least one digit. */
  #digits(from: number): number {
    let at = from;
    for (;;) {
      const byte = this.#bytes[at];
      if (byte === undefined || byte < ZERO || byte > NINE) {
        break;
      }
      at++;
    }
    if (at === from) {
      throw new Refusal('a digit was expected', at);
    }
    return at;
  }
}
