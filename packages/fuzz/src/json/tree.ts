/**
 * JSON as it is written: objects keep order and repetition, numbers their token, and text that is no JSON at all can
 * stand anywhere. Written for the fuzzer, apart from the protocol package, so that a fault there is not repeated here.
 */
export class NumberToken {
  readonly token: string;
  constructor(token: string) {
    this.token = token;
  }
}

/** Written out as it is, whatever it is. */
export class RawText {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

export class ObjectNode {
  readonly entries: [string, Node][];
  constructor(entries: [string, Node][]) {
    this.entries = entries;
  }
  get(name: string): Node | undefined {
    return this.entries.find(([key]) => key === name)?.[1];
  }
  set(name: string, value: Node): void {
    const found = this.entries.find(([key]) => key === name);
    if (found === undefined) this.entries.push([name, value]);
    else found[1] = value;
  }
}

export type Node = null | boolean | string | NumberToken | RawText | Node[] | ObjectNode;

export type Plain =
  | null
  | boolean
  | string
  | number
  | readonly Plain[]
  | { readonly [name: string]: Plain | undefined };

/** An integer of JavaScript becomes an integer token; anything else is the caller's to write as a token. */
export function toTree(value: Plain | Node): Node {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number') return new NumberToken(String(value));
  if (value instanceof NumberToken || value instanceof RawText || value instanceof ObjectNode) return value;
  if (Array.isArray(value)) return value.map((item: Plain | Node) => toTree(item));
  return new ObjectNode(
    Object.entries(value as Record<string, Plain>).map(([key, member]) => [key, toTree(member)]),
  );
}

export function cloneTree(node: Node): Node {
  if (Array.isArray(node)) return node.map(cloneTree);
  if (node instanceof ObjectNode) {
    return new ObjectNode(node.entries.map(([key, member]) => [key, cloneTree(member)]));
  }
  return node;
}
