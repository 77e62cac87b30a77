import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { clampTime } from '../../src/store/clamp-time.ts';
import { columnReader, parseArray } from '../../src/store/sql-columns.ts';
import { arrayLiteral, toWireParameter } from '../../src/store/sql-parameters.ts';
import { fromTextColumn, toTextColumn } from '../../src/store/text-column.ts';
import { forEachStore, rowsOf } from './stores.ts';

const SEED = 20_261_123;
/** Any text without lone surrogates, with more than its share of what hurts. */
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .array(fc.constantFrom('\u0000', '\u2400', '0', '"', '\\', ',', '{', '}', 'NULL', ' ', 'ä'))
    .map((parts) => parts.join('')),
);

describe('text columns', () => {
  test('every string survives, and no two become one', () => {
    fc.assert(
      fc.property(text, text, (one, two) => {
        expect(fromTextColumn(toTextColumn(one))).toBe(one);
        expect(toTextColumn(one)).not.toContain('\u0000');
        expect(toTextColumn(one) === toTextColumn(two)).toBe(one === two);
      }),
      { seed: SEED },
    );
  });

  test('what psql wrote is read as it is', () => {
    expect(fromTextColumn('\u2400 and \u2400x')).toBe('\u2400 and \u2400x');
  });
});

describe('arrays', () => {
  test('text form and back', () => {
    fc.assert(
      fc.property(fc.array(fc.option(text)), (elements) => {
        expect(parseArray(arrayLiteral(elements), columnReader(25))).toEqual(elements);
      }),
      { seed: SEED },
    );
  });
});

test('an integer beyond 2^53 and a time beyond a Date are faults, not other values', () => {
  expect(() => columnReader(20)('9007199254740993')).toThrow(expect.objectContaining({ code: 'bad_value' }));
  expect(() => columnReader(1184)('infinity')).toThrow(expect.objectContaining({ code: 'bad_value' }));
  expect(columnReader(1184)('2026-01-02 03:04:05.678+00')).toEqual(new Date('2026-01-02T03:04:05.678Z'));
  expect(columnReader(1184)('2026-01-02 03:04:05+05:30')).toEqual(new Date('2026-01-01T21:34:05Z'));
});

test('numbers that JSON has not', () => {
  expect([Number.NaN, Infinity, -Infinity, -0].map(toWireParameter)).toEqual([
    'NaN',
    'Infinity',
    '-Infinity',
    '0',
  ]);
  expect(clampTime(Infinity).toISOString()).toBe('9999-12-31T23:59:59.999Z');
});

forEachStore('values through the database', (store) => {
  test('arrays of text, bytes, numbers, booleans, times and nothing', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.option(text), { maxLength: 8 }), async (texts) => {
        const [row] = await rowsOf<{ texts: unknown }>(store().db, 'SELECT $1::text[] AS texts', [texts]);
        expect(row?.texts).toEqual(texts);
      }),
      { seed: SEED, numRuns: 40 },
    );
    const values = {
      bytes: [new Uint8Array([0, 255, 34, 92]), null, new Uint8Array(0)],
      bigints: [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, null, 0],
      doubles: [0.1, -1e300, 5e-324, null],
      booleans: [true, false, null],
      times: [new Date(0), new Date('9999-12-31T23:59:59.999Z'), new Date('0001-01-01T00:00:00.001Z'), null],
      uuids: ['01890a5d-ac96-774b-bcce-b302099a8057', null],
      empty: [],
    };
    const [row] = await rowsOf(
      store().db,
      `SELECT $1::bytea[] AS bytes, $2::bigint[] AS bigints, $3::float8[] AS doubles, $4::boolean[] AS booleans,
              $5::timestamptz[] AS times, $6::uuid[] AS uuids, $7::text[] AS empty`,
      Object.values(values),
    );
    expect(row).toEqual(values);
  });

  test('single values', async () => {
    const values = {
      n: 42,
      f: 0.1,
      t: true,
      s: 'a\u0000"\\',
      b: new Uint8Array([0, 1]),
      d: new Date(1),
      nothing: null,
    };
    const [row] = await rowsOf(
      store().db,
      `SELECT $1::bigint AS n, $2::float8 AS f, $3::boolean AS t, $4::text AS s, $5::bytea AS b, $6::timestamptz AS d,
              $7::text AS nothing`,
      Object.values(values),
    );
    expect(row).toEqual(values);
  });
});
