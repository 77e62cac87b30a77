import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { keyFileOf, replaceableFile } from '../src/index.ts';
import { Workspace } from './support/key-files.ts';

const workspace = new Workspace();
afterAll(workspace.remove);

let n = 0;
/** A file in a directory of its own, both with these modes. */
function place(
  fileMode: number,
  directoryMode: number,
): { readonly file: string; readonly directory: string } {
  n += 1;
  const directory = join(workspace.path, `place-${n}`);
  mkdirSync(directory);
  const file = join(directory, 'file');
  writeFileSync(file, '');
  chmodSync(file, fileMode);
  chmodSync(directory, directoryMode);
  return { file, directory };
}

test('by whoever may write the file or its directory, everybody before a group; a sticky directory protects', () => {
  expect(replaceableFile(place(0o644, 0o755).file)).toBeNull();
  const both = place(0o664, 0o757);
  expect(replaceableFile(both.file)).toEqual({ path: both.directory, mode: '0757', byEverybody: true });
  const group = place(0o620, 0o770);
  expect(replaceableFile(group.file)).toEqual({ path: group.file, mode: '0620', byEverybody: false });
  const directory = place(0o600, 0o730);
  expect(replaceableFile(directory.file)).toMatchObject({ path: directory.directory, byEverybody: false });
  expect(replaceableFile(place(0o600, 0o1777).file)).toBeNull();
  expect(replaceableFile(place(0o606, 0o1777).file)).toMatchObject({ mode: '0606', byEverybody: true });
});

test('a link is judged at both of its ends, and what is not there is nobody’s', () => {
  const target = place(0o600, 0o777);
  const link = join(place(0o600, 0o700).directory, 'link');
  symlinkSync(target.file, link);
  expect(replaceableFile(link)).toMatchObject({ path: target.directory, byEverybody: true });
  const open = place(0o600, 0o770).directory;
  symlinkSync(place(0o600, 0o700).file, join(open, 'link'));
  expect(replaceableFile(join(open, 'link'))).toMatchObject({ path: open, byEverybody: false });
  expect(replaceableFile(join(open, 'absent'))).toBeNull();
});

test('the file of a path or URI; none of a custodian, of a scheme that nobody has, and of a key itself', () => {
  expect(['/a/key', 'file:a/key', 'file:///a/b%20c'].map(keyFileOf)).toEqual(['/a/key', 'a/key', '/a/b c']);
  const others = ['pkcs11:object=a', 'vault:transit/a', 'kms:a', ' ', '', '-----BEGIN PRIVATE KEY-----'];
  expect(others.map(keyFileOf)).toEqual(others.map(() => null));
});
