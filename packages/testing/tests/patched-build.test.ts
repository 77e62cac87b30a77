import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { patchedBuild } from '../src/patched-build.ts';
import { temporaryDirectory } from '../src/temporary-directory.ts';

const directory = temporaryDirectory('patched');
afterAll(directory.remove);

const original = join(directory.path, 'original');
const file = 'dist/check.js';
mkdirSync(join(original, 'dist'), { recursive: true });
mkdirSync(join(original, 'node_modules/some'), { recursive: true });
writeFileSync(join(original, 'package.json'), '{"type":"module"}');
writeFileSync(join(original, file), 'if (bad) refuse(); if (worse) refuse();');

const copyTo = (name: string, place: string): string =>
  patchedBuild(original, join(directory.path, name), [{ file, place, planted: '$& // skipped' }]);

test('the copy has the bug, to the letter, and the original has not', () => {
  const copy = copyTo('copy', 'if (bad) refuse();');
  expect(readFileSync(join(copy, file), 'utf8')).toBe('$& // skipped if (worse) refuse();');
  expect(readFileSync(join(copy, 'package.json'), 'utf8')).toBe('{"type":"module"}');
  expect(readFileSync(join(original, file), 'utf8')).toContain('if (bad)');
});

test.each([
  ['is not there', 'if (gone)'],
  ['is there twice', 'refuse();'],
])('a place that %s is no place for a bug', (name, place) => {
  expect(() => copyTo(name, place)).toThrow(`the place for the planted bug is not in ${file}`);
});
