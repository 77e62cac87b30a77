import { type Node, NumberToken, ObjectNode } from './tree.ts';

const MAX_DEPTH = 64;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

/** Strict JSON (PROTOCOL.md section 5), written for the oracle: plain, slow, and apart from the protocol package. */
export function readStrict(bytes: Uint8Array): { readonly tree: Node } | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return { tree: new Reader(text).document() };
  } catch {
    return null;
  }
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): Node {
    const value = this.#value(0);
    this.#space();
    if (this.#at !== this.#text.length) this.#fail();
    return value;
  }

  #fail(): never {
    throw new Error(`not strict JSON at ${this.#at}`);
  }

  #space(): void {
    while (' \t\n\r'.includes(this.#text.charAt(this.#at)) && this.#at < this.#text.length) this.#at += 1;
  }

  #take(expected: string): boolean {
    this.#space();
    if (!this.#text.startsWith(expected, this.#at)) return false;
    this.#at += expected.length;
    return true;
  }

  #value(depth: number): Node {
    if (this.#take('{')) return this.#object(depth + 1);
    if (this.#take('[')) return this.#array(depth + 1);
    if (this.#take('"')) return this.#string();
    if (this.#take('true')) return true;
    if (this.#take('false')) return false;
    if (this.#take('null')) return null;
    return this.#number();
  }

  #object(depth: number): ObjectNode {
    if (depth > MAX_DEPTH) this.#fail();
    const entries = new Map<string, Node>();
    if (this.#take('}')) return new ObjectNode([]);
    do {
      if (!this.#take('"')) this.#fail();
      const key = this.#string();
      if (entries.has(key) || !this.#take(':')) this.#fail();
      entries.set(key, this.#value(depth));
    } while (this.#take(','));
    if (!this.#take('}')) this.#fail();
    return new ObjectNode([...entries]);
  }

  #array(depth: number): Node[] {
    if (depth > MAX_DEPTH) this.#fail();
    const items: Node[] = [];
    if (this.#take(']')) return items;
    do items.push(this.#value(depth));
    while (this.#take(','));
    if (!this.#take(']')) this.#fail();
    return items;
  }

  #string(): string {
    let out = '';
    for (;;) {
      const character = this.#text.charAt(this.#at);
      this.#at += 1;
      if (character === '"') break;
      if (character === '' || character < ' ') this.#fail();
      out += character === '\\' ? this.#escape() : character;
    }
    // With `u` a pair is one character, so this finds surrogates without their other half.
    if (/[\ud800-\udfff]/u.test(out)) this.#fail();
    return out;
  }

  #escape(): string {
    const kind = this.#text.charAt(this.#at);
    this.#at += 1;
    if (kind !== 'u') return ESCAPES[kind] ?? this.#fail();
    const digits = this.#text.slice(this.#at, this.#at + 4);
    if (!/^[0-9a-fA-F]{4}$/.test(digits)) this.#fail();
    this.#at += 4;
    return String.fromCharCode(Number.parseInt(digits, 16));
  }

  #number(): NumberToken {
    NUMBER.lastIndex = this.#at;
    const token = NUMBER.exec(this.#text)?.[0];
    if (token === undefined) this.#fail();
    this.#at += token.length;
    const isInteger = !/[.eE]/.test(token);
    if (isInteger ? token.replace('-', '').length > 400 : !Number.isFinite(Number(token))) this.#fail();
    return new NumberToken(token);
  }
}
