/**
 * Under a Node that is too old both programs say so in one sentence, before anything else is loaded. The age is
 * feigned by a preload; that nothing else was loaded is seen by running a copy beside which there is no `dist`.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { PROGRAMS } from '../demo/processes.ts';

const directory = mkdtempSync(join(tmpdir(), 'nyxera-old-node-'));
const preload = join(directory, 'feign-age.cjs');
writeFileSync(preload, "Object.defineProperty(process.versions, 'node', { value: '20.19.0' });\n");
writeFileSync(join(directory, 'package.json'), '{"type":"module"}\n');
mkdirSync(join(directory, 'bin'));

afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe.each(Object.entries(PROGRAMS))('%s', (name, program) => {
  const lonely = join(directory, 'bin', `${name}.js`);
  copyFileSync(program, lonely);

  test('names the version it needs and the one it found, and exits 78', () => {
    const finished = spawnSync(process.execPath, ['--require', preload, lonely, '--help'], {
      encoding: 'utf8',
    });
    expect(finished.stderr).toMatch(/needs Node\.js 24 or newer; this is 20\.19\.0/);
    expect(finished.stderr.trim().split('\n')).toHaveLength(1);
    expect(finished.stdout).toBe('');
    expect(finished.status).toBe(78);
  });

  test('the copy would fail if it loaded anything: under this Node it does', () => {
    const finished = spawnSync(process.execPath, [lonely, '--help'], { encoding: 'utf8' });
    expect(finished.stderr).toContain('ERR_MODULE_NOT_FOUND');
    expect(finished.status).not.toBe(78);
  });
});
