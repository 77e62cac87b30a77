import { describe, expect, jest, test } from '@jest/globals';
import { canonicalizeCompat } from '../src/canonical-json.ts';
import { double, isJsonObject, NumberLexeme, numberOf, parseStrictJson } from '../src/strict-json.ts';
import { expectRejected, parsed, SLOW, utf8 } from './support.ts';

jest.setTimeout(SLOW);

function refusedAt(input: string | Uint8Array): number {
  const result = parseStrictJson(typeof input === 'string' ? utf8(input) : input);
  expectRejected(result, 'invalid_json');
  return result.ok ? -1 : (result.offset ?? -1);
}

const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

describe('refused, with the offset in bytes', () => {
  const cases: readonly (readonly [string, string, number])[] = [
    ['nothing', '', 0],
    ['only white space', ' \n', 2],
    ['a byte order mark', '\ufeff{}', 0],
    ['something after the value', '{"a":1}x', 7],
    ['two values', '1 2', 2],
    ['a duplicate name', '{"a":1,"a":2}', 7],
    ['a duplicate name in another spelling', '{"a":1,"\\u0061":2}', 7],
    ['a duplicate name that is not a neighbour', '{"b":1,"a":1,"b":2}', 13],
    ['a duplicate __proto__', '{"__proto__":1,"__proto__":2}', 15],
    ['NaN', '[NaN]', 1],
    ['Infinity', '[-Infinity]', 2],
    ['overflow', '[1E400]', 1],
    ['overflow the other way', '[-1.0e309]', 1],
    ['a leading zero', '[01]', 2],
    ['a leading plus', '[+1]', 1],
    ['a trailing dot', '[1.]', 3],
    ['a leading dot', '[.5]', 1],
    ['a bare exponent', '[1e]', 3],
    ['a bare sign', '[-]', 2],
    ['a hexadecimal number', '[0x1]', 2],
    ['a trailing comma in an array', '[1,]', 3],
    ['a trailing comma in an object', '{"a":1,}', 7],
    ['a missing colon', '{"a" 1}', 5],
    ['an unquoted name', '{a:1}', 1],
    ['single quotes', "['a']", 1],
    ['a comment', '[1/**/]', 2],
    ['a word cut short', '[tru]', 1],
    ['a word in capitals', '[True]', 1],
    ['an unfinished string', '"abc', 4],
    ['an unfinished escape', '"\\', 1],
    ['an unknown escape', '"\\x41"', 1],
    ['an unfinished \\u', '"\\u12"', 5],
    ['a lone high surrogate', '"\\ud800"', 7],
    ['a lone low surrogate', '"\\udc00"', 1],
    ['surrogates in the wrong order', '"\\udc00\\ud800"', 1],
    ['a high surrogate before another', '"\\ud800\\ud800\\udc00"', 7],
    ['a high surrogate before a letter', '"\\ud800a"', 7],
    ['a high surrogate before a raw astral character', '"\\ud800😀"', 7],
    ['a raw control character', '"a\u0001"', 2],
    ['a raw tab', '"\t"', 1],
    ['a raw NUL', '"\u0000"', 1],
    ['a form feed as white space', '[\f1]', 1],
    ['a no-break space as white space', '[\u00a01]', 1],
    ['depth 65', nested(65), 64],
    ['an integer of 401 digits', `[${'9'.repeat(401)}]`, 1],
    ['an offset counted in bytes, not characters', '["é😀",x]', 10],
  ];
  for (const [name, text, offset] of cases) {
    test(name, () => {
      expect(refusedAt(text)).toBe(offset);
    });
  }
});

describe('bytes that are not UTF-8 are refused where they are', () => {
  const cases: readonly (readonly [string, readonly number[]])[] = [
    ['a continuation byte alone', [0x80]],
    ['an overlong slash in two bytes', [0xc0, 0xaf]],
    ['an overlong slash in three bytes', [0xe0, 0x80, 0xaf]],
    ['an overlong slash in four bytes', [0xf0, 0x80, 0x80, 0xaf]],
    ['an overlong NUL', [0xc0, 0x80]],
    ['a surrogate as CESU-8', [0xed, 0xa0, 0x80]],
    ['a surrogate pair as CESU-8', [0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80]],
    ['beyond U+10FFFF', [0xf4, 0x90, 0x80, 0x80]],
    ['a lead of five bytes', [0xf8, 0x88, 0x80, 0x80, 0x80]],
    ['a sequence cut short', [0xe2, 0x82]],
    ['0xff', [0xff]],
  ];
  for (const [name, bytes] of cases) {
    test(name, () => {
      expect(refusedAt(Uint8Array.from([...utf8('["é'), ...bytes, ...utf8('"]')]))).toBe(4);
    });
  }

  test('UTF-16', () => {
    refusedAt(Uint8Array.from(Buffer.from('{}', 'utf16le')));
    refusedAt(Uint8Array.from([0xff, 0xfe, 0x7b, 0x00]));
  });
});

describe('accepted', () => {
  test('depth 64, and an integer of 400 digits, also beyond the range of doubles', () => {
    expect(parseStrictJson(utf8(nested(64))).ok).toBe(true);
    const huge = `[${'9'.repeat(400)}]`;
    expect(parseStrictJson(utf8(huge))).toMatchObject({ ok: true, compat: true, jcs: false });
    expect(canonicalizeCompat(parsed(huge))).toBe(huge);
  });

  test('limits can be set', () => {
    expectRejected(parseStrictJson(utf8('[[1]]'), { maxDepth: 1 }), 'invalid_json');
    expect(parseStrictJson(utf8(nested(100)), { maxDepth: 100 }).ok).toBe(true);
    expectRejected(parseStrictJson(utf8(nested(100_000)), { maxDepth: 1_000_000 }), 'invalid_json');
    const none = { maxDepth: undefined, maxIntegerDigits: undefined } as object;
    expectRejected(parseStrictJson(utf8(nested(65)), none), 'invalid_json');
    expectRejected(parseStrictJson(utf8('9'.repeat(401)), none), 'invalid_json');
    expectRejected(parseStrictJson(utf8('1234'), { maxIntegerDigits: 3 }), 'invalid_json');
    expectRejected(parseStrictJson(utf8(`${'9'.repeat(20)}`), { maxIntegerDigits: 19 }), 'invalid_json');
  });

  test('tokens: a safe integer is a number, anything else keeps its token', () => {
    expect(parsed('[0,-0,9007199254740991,-9007199254740991]')).toEqual([0, 0, 2 ** 53 - 1, 1 - 2 ** 53]);
    expect(Object.is((parsed('[-0]') as readonly unknown[])[0], 0)).toBe(true);
    for (const token of ['9007199254740992', '-9007199254740992', '1.0', '1e5', '-0.0', '1E-400', '0e0']) {
      const value = parsed(token);
      expect(value).toBeInstanceOf(NumberLexeme);
      expect(value instanceof NumberLexeme ? value.lexeme : '').toBe(token);
    }
  });

  test('strings in every spelling', () => {
    expect(parsed('"\\u0041\\n\\/\\"\\\\\\ud83d\\ude00 é😀\u007f"')).toBe('A\n/"\\😀 é😀\u007f');
    expect(parsed('["é","é"]')).toEqual(['é', 'é']);
    expect(parsed('""')).toBe('');
  });
});

describe('members that other objects inherit are ordinary members here', () => {
  const text = '{"__proto__":{"admin":true},"constructor":1,"hasOwnProperty":2,"toString":3,"valueOf":4}';

  test('nothing is inherited and nothing is set', () => {
    const value = parsed(text);
    if (!isJsonObject(value)) {
      throw new Error('not an object');
    }
    expect(Object.keys(value)).toEqual(['__proto__', 'constructor', 'hasOwnProperty', 'toString', 'valueOf']);
    expect(value.admin).toBeUndefined();
    expect(({} as Record<string, unknown>).admin).toBeUndefined();
    const empty = parsed('{}');
    for (const inherited of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) {
      expect(isJsonObject(empty) ? empty[inherited] : 'not an object').toBeUndefined();
    }
  });

  test('and they survive canonicalization', () => {
    expect(canonicalizeCompat(parsed(text))).toBe(text);
  });
});

describe('an attacker gets no more than linear work', () => {
  const megabyte = 2 ** 20;
  /** Not timed: what is quadratic in a megabyte would run into the timeout of the test. */
  const inputs: readonly (readonly [string, string])[] = [
    ['[ a million times', '['.repeat(megabyte)],
    ['{"a": a million times', '{"a":'.repeat(megabyte / 5)],
    ['a string of escapes', `"${'\\u0041'.repeat(megabyte / 6)}"`],
    ['a string of surrogate pairs', `"${'\\ud83d\\ude00'.repeat(megabyte / 12)}"`],
    ['a string of two-byte characters', `"${'é'.repeat(megabyte / 2)}"`],
    ['alternating escapes and characters', `"${'\\né'.repeat(megabyte / 4)}"`],
    ['a double of a million digits', `0.${'1'.repeat(megabyte)}`],
    ['an exponent of a million digits', `1e-${'9'.repeat(megabyte)}`],
    ['an integer of a million digits', '9'.repeat(megabyte)],
    ['a backslash a million times', `"${'\\'.repeat(megabyte)}`],
    ['an array of a million numbers', `[${'1,'.repeat(megabyte / 2)}1]`],
    ['white space', `${' '.repeat(megabyte)}1`],
  ];
  for (const [name, text] of inputs) {
    test(name, () => {
      parseStrictJson(utf8(text));
    });
  }

  test('a hundred thousand names, sorted, backwards, like indices, and one of them twice', () => {
    const names = Array.from({ length: 100_000 }, (_, i) => `k${i}`);
    const indices = Array.from({ length: 100_000 }, (_, i) => String(i * 40_000));
    for (const list of [names, [...names].reverse(), indices, [...indices].reverse()]) {
      const members = list.map((name) => `"${name}":1`).join(',');
      const result = parseStrictJson(utf8(`{${members}}`));
      expect(result.ok && Object.keys(result.value as object).length).toBe(100_000);
      expectRejected(parseStrictJson(utf8(`{${members},"${list[0]}":1}`)), 'invalid_json');
    }
  });
});

describe('numbers that are made, not parsed', () => {
  test('double() is a double whatever its value', () => {
    expect([1, 0, -0, 0.1, 1e16, 1e-7].map((value) => double(value).lexeme)).toEqual([
      '1.0',
      '0.0',
      '-0.0',
      '0.1',
      '1e+16',
      '1e-07',
    ]);
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      expect(() => double(value)).toThrow(expect.objectContaining({ code: 'invalid_json' }));
    }
  });

  test('a token is checked when it is made', () => {
    for (const text of ['', '01', '1.', 'NaN', '1e400', '1,2', ' 1', '1\n', '"', '--1']) {
      expect(() => new NumberLexeme(text)).toThrow(expect.objectContaining({ code: 'invalid_json' }));
    }
    expect(new NumberLexeme('12345678901234567890').isInteger()).toBe(true);
    expect(new NumberLexeme('1e1').isInteger()).toBe(false);
  });

  test('numberOf reads both kinds and nothing else', () => {
    expect([1, double(0.5), '1', null, [], 1n].map((value) => numberOf(value))).toEqual([
      1,
      0.5,
      null,
      null,
      null,
      null,
    ]);
  });
});
