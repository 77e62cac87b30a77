import { runInNewContext } from 'node:vm';
import { describe, expect, test } from '@jest/globals';
import { canonicalizeCompat, canonicalizeJcs } from '../src/canonical-json.ts';
import { compareCodePoints } from '../src/code-points.ts';
import { double, type JsonValue, NumberLexeme } from '../src/strict-json.ts';
import { parsed } from './support.ts';

describe('the two forms differ exactly where section 10 says', () => {
  const cases: readonly (readonly [string, string, string, string])[] = [
    ['non-ASCII and U+007F', '"é\u007f😀"', '"\\u00e9\\u007f\\ud83d\\ude00"', '"é\u007f😀"'],
    [
      'order of astral names',
      '{"\ue000":1,"😀":2}',
      '{"\\ue000":1,"\\ud83d\\ude00":2}',
      '{"😀":2,"\ue000":1}',
    ],
    [
      'integral doubles',
      '[1.0,1e15,1e16]',
      '[1.0,1000000000000000.0,1e+16]',
      '[1,1000000000000000,10000000000000000]',
    ],
    ['large doubles', '[1e20,1e21]', '[1e+20,1e+21]', '[100000000000000000000,1e+21]'],
    [
      'small doubles',
      '[1e-4,1e-5,1e-6,1e-7]',
      '[0.0001,1e-05,1e-06,1e-07]',
      '[0.0001,0.00001,0.000001,1e-7]',
    ],
    ['negative zero', '[-0.0,-0]', '[-0.0,0]', '[0,0]'],
    ['integers beyond 2^53', '[9007199254740993]', '[9007199254740993]', '[9007199254740992]'],
    [
      'the same',
      '{"b":[true,false,null],"a":"x\\u000b\\n/"}',
      '{"a":"x\\u000b\\n/","b":[true,false,null]}',
      '{"a":"x\\u000b\\n/","b":[true,false,null]}',
    ],
    [
      'extremes',
      '[5e-324,1.7976931348623157e308]',
      '[5e-324,1.7976931348623157e+308]',
      '[5e-324,1.7976931348623157e+308]',
    ],
  ];
  for (const [name, input, compat, jcs] of cases) {
    test(name, () => {
      expect(canonicalizeCompat(parsed(input))).toBe(compat);
      expect(canonicalizeJcs(parsed(input))).toBe(jcs);
    });
  }
});

describe('JS values', () => {
  test('numbers: safe integers are integers, other finite ones doubles, bigint integers', () => {
    expect(
      canonicalizeCompat([1, -0, 0.5, 1e-7, 123n, -(10n ** 30n), double(2), new NumberLexeme('-0')]),
    ).toBe(`[1,0,0.5,1e-07,123,-1${'0'.repeat(30)},2.0,0]`);
    expect(canonicalizeJcs([1, -0, 0.5, 1e-7, 123n, 2n ** 64n, double(2)])).toBe(
      '[1,0,0.5,1e-7,123,18446744073709552000,2]',
    );
  });

  test('objects of another realm are plain, too', () => {
    expect(canonicalizeCompat(runInNewContext('({b:[1],a:{}})') as JsonValue)).toBe('{"a":{},"b":[1]}');
    expect(canonicalizeCompat(Object.assign(Object.create(null) as object, { a: 1 }) as JsonValue)).toBe(
      '{"a":1}',
    );
  });

  const cyclic: Record<string, unknown> = {};
  cyclic.self = cyclic;
  const refused: readonly (readonly [string, unknown])[] = [
    ['NaN', Number.NaN],
    ['Infinity', [Number.POSITIVE_INFINITY]],
    ['a lone surrogate', '\ud800'],
    ['a lone surrogate in a name', { '\udc00': 1 }],
    ['undefined', undefined],
    ['an undefined member', { a: undefined }],
    ['a hole', new Array(1)],
    ['a function', () => {}],
    ['a symbol', Symbol('x')],
    ['a Date', new Date(0)],
    ['a Map', new Map()],
    ['bytes', new Uint8Array(1)],
    ['a boxed string', Object('x')],
    ['a cycle', cyclic],
    ['depth 65', JSON.parse('['.repeat(65) + ']'.repeat(65))],
  ];
  for (const [name, value] of refused) {
    test(`${name} has no canonical form`, () => {
      for (const canonicalize of [canonicalizeCompat, canonicalizeJcs]) {
        expect(() => canonicalize(value as JsonValue)).toThrow(
          expect.objectContaining({ name: 'ProtocolError' }),
        );
      }
    });
  }

  test('an integral number beyond 2^53 is ambiguous in the compat form only', () => {
    expect(() => canonicalizeCompat(2 ** 53)).toThrow(expect.objectContaining({ code: 'invalid_json' }));
    expect(canonicalizeJcs(2 ** 53)).toBe('9007199254740992');
  });

  test('an integer beyond the doubles has no RFC 8785 form', () => {
    expect(() => canonicalizeJcs(10n ** 400n)).toThrow(expect.objectContaining({ code: 'invalid_json' }));
    expect(() => canonicalizeJcs(parsed('9'.repeat(400)))).toThrow(
      expect.objectContaining({ code: 'invalid_json' }),
    );
  });
});

test('code point order is a total order that differs from unit order only for astral characters', () => {
  const texts = [
    '',
    'a',
    'ab',
    'b',
    '\ud7ff',
    '\ue000',
    '\uffff',
    '😀',
    '😀a',
    '\u{10ffff}',
    'a😀',
    'a\uffff',
  ];
  const points = (text: string): number[] => [...text].map((character) => character.codePointAt(0) ?? 0);
  for (const a of texts) {
    for (const b of texts) {
      const [x, y] = [points(a), points(b)];
      const at = x.findIndex((point, i) => point !== y[i]);
      const expected = at < 0 ? x.length - y.length : at >= y.length ? 1 : (x[at] ?? 0) - (y[at] ?? 0);
      expect(Math.sign(compareCodePoints(a, b))).toBe(Math.sign(expected));
    }
  }
});
