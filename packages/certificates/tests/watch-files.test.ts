import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type TemporaryDirectory, temporaryDirectory } from '@nyxera/federation-testing';
import { type FileWatch, watchFiles } from '../src/index.ts';

let directory: TemporaryDirectory;
let watch: FileWatch | null = null;
beforeEach(() => {
  directory = temporaryDirectory('watch-');
});
afterEach(() => {
  watch?.close();
  directory.remove();
});

/** How often it was told, and a way to wait for the next time. */
function tally() {
  let count = 0;
  let wake: () => void = () => undefined;
  return {
    changed: () => {
      count += 1;
      wake();
    },
    reaches: async (wanted: number): Promise<void> => {
      while (count < wanted) {
        // The watch must not keep a program; a test has to be kept.
        const alive = setInterval(() => undefined, 1000);
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        clearInterval(alive);
      }
    },
    count: () => count,
  };
}

test('a write in place, a rename over it, and its disappearance', async () => {
  const path = join(directory.path, 'a.pem');
  writeFileSync(path, 'one');
  const told = tally();
  watch = watchFiles([path], told.changed);
  writeFileSync(path, 'two');
  await told.reaches(1);
  writeFileSync(join(directory.path, 'b.pem'), 'three');
  renameSync(join(directory.path, 'b.pem'), path);
  await told.reaches(2);
  renameSync(path, join(directory.path, 'gone.pem'));
  await told.reaches(3);
  expect(told.count()).toBe(3);
});

test('the links of a mounted secret, swapped as a whole: told once for both files', async () => {
  const at = (...parts: string[]) => join(directory.path, ...parts);
  for (const version of ['v1', 'v2']) {
    mkdirSync(at(version));
    for (const file of ['tls.crt', 'tls.key']) writeFileSync(at(version, file), version);
  }
  symlinkSync('v1', at('..data'));
  for (const file of ['tls.crt', 'tls.key']) symlinkSync(join('..data', file), at(file));
  const told = tally();
  watch = watchFiles([at('tls.crt'), at('tls.key')], told.changed);
  symlinkSync('v2', at('..data_tmp'));
  renameSync(at('..data_tmp'), at('..data'));
  await told.reaches(1);
  // And a link whose target lies in a directory that nobody watches: the poll sees it.
  mkdirSync(at('elsewhere'));
  writeFileSync(at('elsewhere', 'tls.crt'), 'v3');
  symlinkSync(at('elsewhere', 'tls.crt'), at('tls.new'));
  renameSync(at('tls.new'), at('tls.crt'));
  await told.reaches(2);
  writeFileSync(at('elsewhere', 'tls.crt'), 'v4 in place');
  await told.reaches(3);
  expect(told.count()).toBe(3);
});
