/** Random JSON texts with every spelling that two parsers could disagree about. Seeded, so reproducible. */

export type Random = () => number;

// Taken once: within a test, a name of the global object is a slow look-up, and this is called millions of times.
const { floor } = Math;
const below = (random: Random, n: number): number => floor(random() * n);

function pick<T>(random: Random, items: readonly T[]): T {
  return items[below(random, items.length)] as T;
}

function digits(random: Random, count: number): string {
  let text = '';
  for (let i = 0; i < count; i++) {
    text += below(random, 10);
  }
  return text;
}

function integer(random: Random): string {
  const sign = random() < 0.3 ? '-' : '';
  const kind = below(random, 6);
  if (kind === 0) {
    return `${sign}${below(random, 3)}`;
  }
  if (kind === 1) {
    return `${sign}${9_007_199_254_740_991n + BigInt(below(random, 9)) - 4n}`;
  }
  const length = kind < 5 ? below(random, 22) : below(random, 400);
  return `${sign}${1 + below(random, 9)}${digits(random, length)}`;
}

const view = new DataView(new ArrayBuffer(8));

/** A double anywhere in the range, each exponent equally likely, in one of several spellings. */
function doubleText(random: Random): string {
  view.setUint32(0, below(random, 2 ** 32));
  view.setUint32(4, random() < 0.3 ? 0 : below(random, 2 ** 32));
  const any = view.getFloat64(0);
  const near = Number(`${digits(random, 1 + below(random, 5))}e${below(random, 50) - 25}`);
  const value = random() < 0.5 && Number.isFinite(any) ? any : near * (random() < 0.3 ? -1 : 1);
  switch (below(random, 5)) {
    case 0:
      return value.toExponential();
    case 1:
      return value.toExponential().replace('e', 'E').replace('+', '');
    case 2:
      return value.toPrecision(17).includes('.') ? value.toPrecision(17) : `${value.toExponential(16)}`;
    case 3:
      return `${below(random, 2000)}.${digits(random, 1 + below(random, 25))}`;
    default:
      return pick(random, [
        '-0.0',
        '0.0',
        '0e0',
        '-0e-7',
        '1.0',
        '1e16',
        '1e15',
        '1E5',
        '5e-324',
        '1e-400',
        '0.0001',
      ]);
  }
}

const POOL = [
  'a',
  'b',
  'z',
  'A',
  '0',
  '~',
  ' ',
  '/',
  'é',
  'ÿ',
  '\u0080',
  '\u2028',
  '\ud7ff',
  '\ue000',
  '\uffff',
  '𝄞',
  '😀',
  '\u{10ffff}',
];

/** Decoded character to one of its spellings in JSON. */
function spell(random: Random, character: string): string {
  const escaped = [...Array(character.length).keys()]
    .map((i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`)
    .join('');
  if (character < ' ' || character === '"' || character === '\\') {
    return random() < 0.5 ? JSON.stringify(character).slice(1, -1) : escaped;
  }
  const kind = random();
  return kind < 0.7
    ? character
    : kind < 0.85
      ? escaped
      : `\\u${escaped.slice(2, 6).toUpperCase()}${escaped.slice(6)}`;
}

function stringText(random: Random): { readonly text: string; readonly decoded: string } {
  let text = '"';
  let decoded = '';
  for (let i = below(random, 6); i > 0; i--) {
    const character =
      random() < 0.8
        ? pick(random, POOL)
        : pick(random, ['\u0000', '\b', '\t', '\n', '\f', '\r', '\u001f', '\u007f', '"', '\\']);
    decoded += character;
    text += spell(random, character);
  }
  return { text: `${text}"`, decoded };
}

const space = (random: Random): string => (random() < 0.9 ? '' : pick(random, [' ', '\n', '\t', '\r', '  ']));

/** A text that is strict JSON: no duplicates, no overflow, no lone surrogates, depth and digits within bounds. */
export function jsonText(random: Random, depth = 0): string {
  const kind = below(random, depth > 3 ? 6 : 9);
  switch (kind) {
    case 0:
      return pick(random, ['null', 'true', 'false']);
    case 1:
    case 2:
      return integer(random);
    case 3:
    case 4:
      return doubleText(random);
    case 5:
      return stringText(random).text;
    case 6: {
      const items = Array.from(
        { length: below(random, 5) },
        () => jsonText(random, depth + 1) + space(random),
      );
      return `[${space(random)}${items.join(`,${space(random)}`)}]`;
    }
    default: {
      const names = new Set<string>();
      const members: string[] = [];
      for (let i = below(random, 6); i > 0; i--) {
        const name = stringText(random);
        if (!names.has(name.decoded)) {
          names.add(name.decoded);
          members.push(`${name.text}${space(random)}:${space(random)}${jsonText(random, depth + 1)}`);
        }
      }
      return `{${space(random)}${members.join(',')}${space(random)}}`;
    }
  }
}
