import { expect, test } from '@jest/globals';
import { readElement } from '../src/der.ts';

function read(hex: string, length = hex.length / 2): ReturnType<typeof readElement> {
  return readElement(Buffer.from(hex, 'hex'), 0, length);
}

test('short and long lengths give where the content lies', () => {
  expect(read('0400')).toEqual({ tag: 4, start: 2, end: 2 });
  expect(read('04020102ff')).toEqual({ tag: 4, start: 2, end: 4 });
  expect(read(`0481 80${'00'.repeat(128)}`.replace(' ', ''))).toEqual({ tag: 4, start: 3, end: 131 });
  expect(read(`04820100${'00'.repeat(256)}`)).toEqual({ tag: 4, start: 4, end: 260 });
});

test.each([
  ['nothing', ''],
  ['a tag alone', '04'],
  ['content that is cut off', '040201'],
  ['a long length that is cut off', '0481'],
  ['a longer length that is cut off', '048201'],
  ['an indefinite length', '30800000'],
  ['a length of one byte in the long form', '04810100'],
  ['a length of two bytes with a leading zero', `048200ff${'00'.repeat(255)}`],
  ['a length of three bytes', '0483000001ff'],
  ['a tag of several bytes', '1f8101ff'],
])('%s is refused', (_name, hex) => {
  expect(read(hex)).toBeNull();
});

test('an element must end before its parent does, whatever follows in the buffer', () => {
  expect(read('0402010203', 4)).not.toBeNull();
  expect(read('0402010203', 3)).toBeNull();
});
