/** README.md is followed, in a folder that looks like the clone, because what it makes belongs into no clone. */
import { mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { freePort, temporaryDirectory } from '@nyxera/federation-testing';
import { putProgram } from './desk.ts';
import { followPage, readPage } from './page.ts';

const root = new URL('../../../', import.meta.url).pathname;
const directory = temporaryDirectory('quick-start');
afterAll(() => directory.remove());

test('both ends on one machine, as the page has it', async () => {
  const clone = join(directory.path, 'clone');
  const bin = join(directory.path, 'bin');
  mkdirSync(clone);
  mkdirSync(bin);
  for (const name of readdirSync(root)) {
    if (!['local_docs', '.git', '.test-results'].includes(name))
      symlinkSync(join(root, name), join(clone, name));
  }
  // This clone is installed and built; what is run instead answers to exactly the two commands of the page.
  putProgram(
    bin,
    'npx',
    'case "$*" in "--yes pnpm@12.21.0 install"|"--yes pnpm@12.21.0 build") ;; *) exit 1 ;; esac',
  );
  const followed = await followPage(readPage('README.md'), {
    cwd: clone,
    env: { PATH: `${bin}:${process.env.PATH}`, HOME: directory.path },
    patienceMs: 120_000,
    // The port of the page may be in use on a machine where tests run.
    meanwhile: [
      {
        before: 'vectorvue-gateway.js serve',
        script: `sed -i -e 's/:8443/:${await freePort()}/' -e 's/:9464/:${await freePort()}/' local_docs/dev/*.env`,
      },
    ],
  });
  expect(followed.after('nmap-loopback.xml')).toMatch(/^delivered\t[1-9]\d*$/m);
}, 180_000);
