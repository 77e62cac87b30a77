import type { Random } from '../random.ts';
import { cloneTree, type Node, NumberToken, ObjectNode, RawText } from './tree.ts';

/** In every string that a mutation makes up; an answer that holds it has echoed its input. */
export const CANARY = 'zq7canary';

const STRINGS: readonly string[] = [
  '',
  ' ',
  CANARY,
  `${CANARY}\u0000`,
  `${CANARY}\u007f\u0080\u00ff`,
  'ſK', // folds to ASCII letters in some comparisons
  'e\u0301é', // two spellings of one character
  '\ufeffbom',
  '\u202eevil',
  '\u{1f600}\u{10ffff}',
  '\ue000\u{10000}',
  '\ud800',
  'a\udfffb',
  `<script>${CANARY}</script>`,
  `' OR 1=1; DROP TABLE events; -- ${CANARY}`,
  `\${jndi:${CANARY}}`,
  `line\r\nX-Injected: ${CANARY}`,
  '\\u0000',
  'null',
  'true',
  '0',
  '1e400',
  '-1',
  '__proto__',
  'constructor',
  '9'.repeat(30),
  'x'.repeat(64),
  'x'.repeat(128),
  'x'.repeat(129),
  'é'.repeat(512),
  '\u{1f600}'.repeat(513),
  'y'.repeat(2048),
  'y'.repeat(2049),
  'T1059',
  'T1059.001',
  ' t1059 ',
  'TA0002',
  'HIGH ',
  ' Critical',
  'info',
  'EXECUTION_FAIL',
  '2026-02-30T00:00:00Z',
  '2026-11-23T15:00:00',
  '1700000000',
  '2026-11-23T23:59:60Z',
  '2.0',
  '1.0',
  'urn:target:host:fuzz',
  'a'.repeat(64),
  'A'.repeat(64),
  'execution.graph.v1',
];

const NUMBERS: readonly string[] = [
  '0',
  '-0',
  '-0.0',
  '1',
  '-1',
  '1.0',
  '1e5',
  '1E+2',
  '0.1',
  '1e-7',
  '1e16',
  '1e+16',
  '5e-324',
  '1e-400',
  '1e400',
  '-1e400',
  '9007199254740993',
  '-9007199254740993',
  '18446744073709551616',
  '999999999999',
  '1000000000000',
  '1.7976931348623157e+308',
  '123456789012345680000.0',
  '9'.repeat(400),
  '9'.repeat(401),
];

const RAW: readonly string[] = [
  'NaN',
  'Infinity',
  '-Infinity',
  'undefined',
  '01',
  '+1',
  '.5',
  '1.',
  '0x10',
  "'single'",
  '{,}',
  '[1,]',
  '{"a":1,}',
  '"\\x41"',
  '"\\ud800"',
  '"\\udc00\\ud800"',
  '"tab\tin"',
  '/**/null',
  '"open',
  ']',
  '}',
  '',
  '1 2',
  '\u0000',
  '\ufeff1',
];

const deep = (levels: number): RawText => new RawText('['.repeat(levels) + ']'.repeat(levels));

/** A value that nobody expects, of any type. */
export function strangeValue(random: Random): Node {
  switch (random.below(12)) {
    case 0:
      return null;
    case 1:
      return random.chance(0.5);
    case 2:
    case 3:
    case 4:
      return new NumberToken(random.pick(NUMBERS));
    case 5:
      return [];
    case 6:
      return new ObjectNode([]);
    case 7:
      return random.chance(0.3) ? new RawText(random.pick(RAW)) : new ObjectNode([['__proto__', CANARY]]);
    case 8:
      // Around every limit on depth that there is (56 in a report, 64 on the wire), and far beyond.
      return deep(random.chance(0.7) ? 40 + random.below(27) : random.pick([3, 12, 200, 5000]));
    default:
      return random.pick(STRINGS);
  }
}

/** A string of the list above, or a number at some edge. */
export function strangeScalar(random: Random): Node {
  return random.chance(0.75) ? random.pick(STRINGS) : new NumberToken(random.pick(NUMBERS));
}

interface Place {
  readonly holder: ObjectNode | Node[];
  readonly index: number;
}

function places(root: Node): Place[] {
  const found: Place[] = [];
  const visit = (node: Node): void => {
    if (Array.isArray(node)) {
      node.forEach((item, index) => {
        found.push({ holder: node, index });
        visit(item);
      });
    } else if (node instanceof ObjectNode) {
      node.entries.forEach(([, member], index) => {
        found.push({ holder: node, index });
        visit(member);
      });
    }
  };
  visit(root);
  return found;
}

function valueAt(place: Place): Node {
  const { holder, index } = place;
  return Array.isArray(holder) ? (holder[index] ?? null) : (holder.entries[index]?.[1] ?? null);
}

function putAt(place: Place, value: Node): void {
  const { holder, index } = place;
  if (Array.isArray(holder)) holder[index] = value;
  else {
    const entry = holder.entries[index];
    if (entry !== undefined) entry[1] = value;
  }
}

export function mutateString(text: string, random: Random): string {
  const at = random.below(text.length + 1);
  switch (random.below(11)) {
    case 0:
      return text.toUpperCase();
    case 1:
      return text.toLowerCase();
    case 2:
      return ` ${text}`;
    case 3:
      return `${text}${random.pick([' ', '\n', '\u0000', '\u00a0', '|', '='])}`;
    case 4:
      return text.slice(0, at);
    case 5:
      return text.repeat(random.pick([2, 3, 20]));
    case 6:
      return text.slice(0, at) + random.pick(STRINGS) + text.slice(at);
    case 7:
      return text.slice(0, at) + String.fromCharCode(random.below(0x110)) + text.slice(at + 1);
    case 8:
      return text.slice(0, at) + String.fromCharCode(random.below(0x10000)) + text.slice(at + 1);
    case 9:
      return text.normalize('NFD');
    default:
      return random.pick(STRINGS);
  }
}

/** One structural change somewhere in the tree, in place. Returns the root, which itself may be replaced. */
export function mutateTree(root: Node, random: Random): Node {
  const all = places(root);
  if (all.length === 0 || random.chance(0.01)) return strangeValue(random);
  const place = random.pick(all);
  const { holder, index } = place;
  const old = valueAt(place);
  switch (random.below(10)) {
    case 0: // remove
      (Array.isArray(holder) ? holder : holder.entries).splice(index, 1);
      break;
    case 1: // repeat, under the same name in an object
      if (Array.isArray(holder)) {
        const copies = random.pick([1, 1, 31, 40]);
        for (let i = 0; i < copies; i += 1) holder.push(cloneTree(old));
      } else if (random.chance(0.5)) {
        holder.entries.push([holder.entries[index]?.[0] ?? '', cloneTree(old)]);
      }
      break;
    case 2: // one more
      if (Array.isArray(holder)) holder.push(strangeValue(random));
      else holder.entries.push([random.pick(STRINGS), strangeValue(random)]);
      break;
    case 3: // another name
      if (!Array.isArray(holder)) {
        const entry = holder.entries[index];
        if (entry !== undefined) entry[0] = mutateString(entry[0], random);
      }
      break;
    case 4: // wrapped, or swapped with a value from elsewhere
      if (random.chance(0.5)) putAt(place, random.chance(0.5) ? [old] : new ObjectNode([['value', old]]));
      else {
        const other = random.pick(all);
        putAt(place, cloneTree(valueAt(other)));
      }
      break;
    case 5:
      putAt(place, strangeValue(random));
      break;
    default: // another value of the same type
      if (typeof old === 'string') putAt(place, mutateString(old, random));
      else if (old instanceof NumberToken) putAt(place, new NumberToken(random.pick(NUMBERS)));
      else if (typeof old === 'boolean') putAt(place, !old);
      else putAt(place, strangeValue(random));
  }
  return root;
}

/** Changes to bytes that have no idea of structure. */
export function mutateBytes(bytes: Buffer, random: Random): Buffer {
  const at = random.below(bytes.length + 1);
  const insert = (piece: Uint8Array, skip = 0): Buffer =>
    Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at + skip)]);
  switch (random.below(9)) {
    case 0: {
      const copy = Buffer.from(bytes);
      if (copy.length > 0) {
        const index = random.below(copy.length);
        copy[index] = (copy[index] ?? 0) ^ (1 << random.below(8));
      }
      return copy;
    }
    case 1:
      return bytes.subarray(0, at);
    case 2:
      return insert(random.bytes(1 + random.below(8)));
    case 3:
      return insert(Buffer.from([0xc0, 0xaf]));
    case 4:
      return insert(Buffer.from([0xed, 0xa0, 0x80]));
    case 5:
      return Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), bytes]);
    case 6:
      return Buffer.concat([bytes, random.pick([Buffer.from('\n'), Buffer.from('{}'), Buffer.from([0])])]);
    case 7:
      return insert(Buffer.alloc(0), 1 + random.below(16));
    default:
      return insert(bytes.subarray(at, at + 1 + random.below(40)));
  }
}
