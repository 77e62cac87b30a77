import { expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { canonicalizeCompat, canonicalizeJcs } from '../src/canonical-json.ts';
import { type JsonValue, NumberLexeme, parseStrictJson } from '../src/strict-json.ts';
import { jsonText, type Random } from './json-text.ts';
import { codePoint, parsed, SLOW, seeded, utf8 } from './support.ts';

jest.setTimeout(SLOW);

function canonicalOrNull(canonicalize: (value: JsonValue) => string, value: JsonValue): string | null {
  try {
    return canonicalize(value);
  } catch {
    return null;
  }
}

/** The claim that the one-pass flags make. */
function flagsAreTrue(text: string): boolean {
  const result = parseStrictJson(utf8(text));
  if (!result.ok) {
    return true;
  }
  const compat = canonicalOrNull(canonicalizeCompat, result.value) === text;
  const jcs = canonicalOrNull(canonicalizeJcs, result.value) === text;
  if (result.compat !== compat || result.jcs !== jcs) {
    throw new Error(`${JSON.stringify(text)}: flags ${result.compat}/${result.jcs}, truth ${compat}/${jcs}`);
  }
  return true;
}

/** Small damage that keeps most texts JSON and makes some of them non-canonical in one form only. */
const DAMAGE: readonly ((text: string, random: Random) => string)[] = [
  (text) => text,
  (text, random) => insert(text, random, ' '),
  (text, random) => insert(text, random, '\n'),
  (text, random) => insert(text, random, '0'),
  (text, random) => insert(text, random, '-'),
  (text, random) => insert(text, random, '.0'),
  (text, random) => insert(text, random, 'e1'),
  (text, random) => insert(text, random, '\\/'),
  (text, random) => insert(text, random, '\\u0041'),
  (text, random) => insert(text, random, '\\u000a'),
  (text, random) => insert(text, random, '\\u000b'),
  (text, random) => insert(text, random, '\u007f'),
  (text, random) => insert(text, random, '\\u007f'),
  (text, random) => insert(text, random, 'é'),
  (text, random) => insert(text, random, '\\u00e9'),
  (text, random) => insert(text, random, '\\u00E9'),
  (text, random) => insert(text, random, '😀'),
  (text, random) => insert(text, random, '\\ud83d\\ude00'),
  (text, random) => insert(text, random, '"\ue000":1,'),
  (text, random) => insert(text, random, '"\\ue000":1,"\\ud83d\\ude00":2,'),
  (text, random) => insert(text, random, '"a":1,'),
  (text, random) => insert(text, random, '"":1,'),
  (text, random) => {
    const at = Math.floor(random() * text.length);
    return text.slice(0, at) + text.slice(at + 1);
  },
];

/** Damage may tear a surrogate pair apart; what has no UTF-8 form is replaced before it is compared. */
function damaged(text: string, random: Random): string {
  const damage = DAMAGE[Math.floor(random() * DAMAGE.length)];
  return Buffer.from(damage?.(text, random) ?? text, 'utf8').toString('utf8');
}

function insert(text: string, random: Random, piece: string): string {
  const at = Math.floor(random() * (text.length + 1));
  return text.slice(0, at) + piece + text.slice(at);
}

test('the one-pass flags equal canonicalize(parse(x)) === x, also for nearly canonical texts', () => {
  const random = seeded(7);
  let compat = 0;
  let jcs = 0;
  for (let i = 0; i < 25_000; i++) {
    const original = jsonText(random);
    const value = parsed(original);
    const form =
      i % 3 === 0
        ? original
        : i % 3 === 1
          ? canonicalizeCompat(value)
          : canonicalOrNull(canonicalizeJcs, value);
    const text = damaged(form ?? original, random);
    flagsAreTrue(text);
    const result = parseStrictJson(utf8(text));
    compat += result.ok && result.compat ? 1 : 0;
    jcs += result.ok && result.jcs ? 1 : 0;
  }
  // Both answers occur often, so the equality is no empty claim.
  expect(compat).toBeGreaterThan(1_500);
  expect(jcs).toBeGreaterThan(1_500);
});

test('the flags hold for what fast-check makes of JSON', () => {
  fc.assert(
    fc.property(fc.json({ stringUnit: codePoint, maxDepth: 6 }), (text) => flagsAreTrue(text)),
    { numRuns: 2_000, seed: 11 },
  );
});

test('canonicalize(parse(x)) is a fixed point of both forms', () => {
  const random = seeded(8);
  const moved: string[] = [];
  for (let i = 0; i < 10_000; i++) {
    const value = parsed(jsonText(random));
    const compat = canonicalizeCompat(value);
    if (canonicalizeCompat(parsed(compat)) !== compat) moved.push(compat);
    const jcs = canonicalOrNull(canonicalizeJcs, value);
    if (jcs !== null && canonicalizeJcs(parsed(jcs)) !== jcs) moved.push(jcs);
  }
  expect(moved).toEqual([]);
});

test('never throws on arbitrary bytes, and names an offset inside of them', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const result = parseStrictJson(bytes);
      const offset = result.ok ? 0 : (result.offset ?? -1);
      return offset >= 0 && offset <= bytes.length;
    }),
    { numRuns: 20_000, seed: 12 },
  );
});

test('never throws on damaged JSON: bytes flipped, cut, doubled', () => {
  const random = seeded(9);
  let accepted = 0;
  const codes = new Set<string>();
  for (let i = 0; i < 25_000; i++) {
    const bytes = Uint8Array.from(utf8(jsonText(random)));
    for (let n = Math.floor(random() * 4); n > 0; n--) {
      const at = Math.floor(random() * bytes.length);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(random() * 8));
    }
    const cut = random() < 0.2 ? bytes.subarray(0, Math.floor(random() * bytes.length)) : bytes;
    const result = parseStrictJson(cut);
    accepted += result.ok ? 1 : 0;
    if (!result.ok) codes.add(result.code);
  }
  expect([...codes]).toEqual(['invalid_json']);
  expect(accepted).toBeGreaterThan(1_000);
});

/** Number tokens to doubles, so that the value can be compared with what JSON.parse says. */
function plain(value: JsonValue): unknown {
  if (value instanceof NumberLexeme) {
    return value.toNumber();
  }
  if (Array.isArray(value)) {
    return value.map((item) => plain(item as JsonValue));
  }
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plain(member)]));
  }
  return typeof value === 'number' ? value + 0 : value;
}

test('whatever is accepted means what JSON.parse says it means', () => {
  const random = seeded(10);
  const different: string[] = [];
  for (let i = 0; i < 10_000; i++) {
    const text = damaged(jsonText(random), random);
    const result = parseStrictJson(utf8(text));
    if (result.ok) {
      // -0 is the integer 0 to us.
      const theirs = JSON.parse(text, (_, value) => (Object.is(value, -0) ? 0 : value)) as unknown;
      const ours = JSON.parse(JSON.stringify(plain(result.value)), (_, value) =>
        Object.is(value, -0) ? 0 : value,
      );
      if (JSON.stringify(ours) !== JSON.stringify(theirs)) different.push(text);
    }
  }
  expect(different).toEqual([]);
});
