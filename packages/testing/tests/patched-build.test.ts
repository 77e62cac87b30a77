import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { patchedBuild, patchedModules } from '../src/patched-build.ts';
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
  patchedBuild(original, join(directory.path, name), { file, place, planted: '$& // skipped' });

test('the copy has the bug, to the letter, and the original has not', () => {
  const copy = copyTo('copy', 'if (bad) refuse();');
  expect(readFileSync(join(copy, file), 'utf8')).toBe('$& // skipped if (worse) refuse();');
  expect(readFileSync(join(copy, 'package.json'), 'utf8')).toBe('{"type":"module"}');
  expect(readFileSync(join(original, file), 'utf8')).toContain('if (bad)');
});

test('of a program only what is started is copied, with the bug in its bundle', () => {
  const program = join(directory.path, 'program');
  mkdirSync(join(program, 'dist'), { recursive: true });
  mkdirSync(join(program, 'bin/program'), { recursive: true });
  mkdirSync(join(program, 'node_modules'));
  writeFileSync(join(program, file), '  if (bad) refuse();');
  writeFileSync(join(program, 'bin/program/main.js'), 'import "./chunk.js";');
  writeFileSync(join(program, 'bin/program/chunk.js'), '\tif (bad) refuse();');
  const patch = { file, place: 'if (bad) refuse();', planted: '' };
  const copy = patchedBuild(program, join(directory.path, 'program-copy'), patch);
  expect(readFileSync(join(copy, 'bin/program/chunk.js'), 'utf8')).toBe('\t');
  expect(readFileSync(join(copy, 'bin/program/main.js'), 'utf8')).toContain('chunk.js');
  expect(existsSync(join(copy, 'dist'))).toBe(false);

  const modules = patchedModules(program, join(directory.path, 'modules'), patch);
  expect(readFileSync(join(modules, file), 'utf8')).toBe('  ');
  expect(existsSync(join(modules, 'bin'))).toBe(false);
});

test.each([
  ['is not there', 'if (gone)'],
  ['is there twice', 'refuse();'],
])('a place that %s is no place for a bug', (name, place) => {
  expect(() => copyTo(name, place)).toThrow(`the place for the planted bug is not in ${file}`);
});
