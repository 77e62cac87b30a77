import { expect, test } from '@jest/globals';
import { binaryArray, type Element, type ElementType } from '../../src/commit/binary-array.ts';
import type { SqlValue } from '../../src/store/database.ts';
import { forEachStore, rowsOf } from '../store/stores.ts';

const COLUMNS: readonly (readonly [ElementType, readonly Element[]])[] = [
  [
    'text',
    ['', 'NULL', null, null, 'a,b{}"\\', 'a,b{}"\\', 'ä\u{1f600}', 'a\u0000b\u2400', '\u0000'.repeat(9), 'x'],
  ],
  ['bigint', [0, -1, 2 ** 53 - 1, -(2 ** 53 - 1), null]],
  ['int', [0, -1, 2 ** 31 - 1, -(2 ** 31), null]],
  ['smallint', [0, -1, 32_767, -32_768, null]],
  ['boolean', [true, false, false, null]],
  ['double precision', [0, 0.1, -1e300, Number.POSITIVE_INFINITY, null]],
  [
    'timestamptz',
    [new Date(0), new Date('0001-01-01T00:00:00Z'), new Date('9999-12-31T23:59:59.999Z'), null],
  ],
  ['uuid', ['0199d6a0-0000-7000-8000-0123456789ab', null]],
];

forEachStore('binary arrays', (store) => {
  test.each(COLUMNS)('of %s arrive as the text form does', async (type, elements) => {
    const sql = `SELECT $1::${type}[] = $2::${type}[] AS same, $1::${type}[]::text AS text`;
    const [row] = await rowsOf<{ same: boolean; text: string }>(store().db, sql, [
      binaryArray(type, elements),
      elements as SqlValue,
    ]);
    expect(row).toMatchObject({ same: true });
  });

  test.each(COLUMNS)('of no %s are empty', async (type) => {
    const [row] = await rowsOf<{ n: number }>(store().db, `SELECT cardinality($1::${type}[]) AS n`, [
      binaryArray(type, []),
    ]);
    expect(row).toEqual({ n: 0 });
  });
});

test('what the type cannot hold is refused here, before it could be cut to size', () => {
  expect(() => binaryArray('int', [2 ** 31])).toThrow(/out of range/);
  expect(() => binaryArray('int', [1.5])).toThrow(TypeError);
  expect(() => binaryArray('bigint', [1.5])).toThrow(TypeError);
  expect(() => binaryArray('timestamptz', [new Date(Number.NaN)])).toThrow(TypeError);
  expect(() => binaryArray('uuid', ['0199d6a0-0000-7000-8000-0123456789az'])).toThrow(TypeError);
});
