import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { readSecretFile, SECRET_FILE_LIMIT } from '../src/index.ts';
import { Workspace } from './support/key-files.ts';

const workspace = new Workspace();
afterAll(workspace.remove);

describe('readSecretFile', () => {
  test.each([0o600, 0o400, 0o700, 0o500])(
    'mode %o is private enough, and the bytes come back whole',
    async (mode) => {
      const content = Buffer.from([0, 255, 10, 13, 128]);
      const path = workspace.write(content);
      chmodSync(path, mode);
      const result = await readSecretFile(path);
      expect(result.ok && Buffer.from(result.value)).toEqual(content);
    },
  );

  test.each([0o640, 0o604, 0o620, 0o602, 0o610, 0o601, 0o644, 0o660, 0o666, 0o777, 0o440])(
    'mode %o is refused with the mode and what to do',
    async (mode) => {
      const path = workspace.write('secret');
      chmodSync(path, mode);
      const result = await readSecretFile(path);
      expect(result).toMatchObject({ ok: false, code: 'key_permissions' });
      expect(result).toHaveProperty('detail', expect.stringContaining(`mode 0${mode.toString(8)}`));
      expect(result).toHaveProperty('detail', expect.stringContaining('chmod 600'));
    },
  );

  test('a symbolic link is judged by the file it leads to', async () => {
    const open = workspace.write('secret');
    chmodSync(open, 0o644);
    const link = join(workspace.path, 'link-to-open');
    symlinkSync(open, link);
    expect(await readSecretFile(link)).toMatchObject({ ok: false, code: 'key_permissions' });
    const good = join(workspace.path, 'link-to-private');
    symlinkSync(workspace.write('secret'), good);
    expect(await readSecretFile(good)).toMatchObject({ ok: true });
    const loop = join(workspace.path, 'loop');
    symlinkSync(loop, loop);
    expect(await readSecretFile(loop)).toMatchObject({ ok: false, code: 'key_invalid' });
  });

  test('empty, oversized, directory, absent, device, and a path with NUL are refused by name', async () => {
    const directory = join(workspace.path, 'directory');
    mkdirSync(directory, { mode: 0o700 });
    const cases: [string, RegExp][] = [
      [workspace.write(''), /is empty/],
      [workspace.write(Buffer.alloc(SECRET_FILE_LIMIT + 1, 1)), /larger than 65536 bytes/],
      [directory, /is a directory/],
      [join(workspace.path, 'absent'), /does not exist/],
      [join(workspace.write('x'), 'below-a-file'), /does not exist/],
      ['/dev/zero', /not a regular file/],
      ['a\0b', /cannot be opened/],
    ];
    for (const [path, detail] of cases) {
      expect(await readSecretFile(path)).toMatchObject({
        ok: false,
        code: 'key_invalid',
        detail: expect.stringMatching(detail),
      });
    }
    const largest = await readSecretFile(workspace.write(Buffer.alloc(SECRET_FILE_LIMIT, 1)));
    expect(largest.ok && largest.value.length).toBe(SECRET_FILE_LIMIT);
  });

  test('a FIFO that nobody writes to is refused at once instead of waiting', async () => {
    const fifo = join(workspace.path, 'fifo');
    execFileSync('mkfifo', ['-m', '600', fifo]);
    expect(await readSecretFile(fifo)).toMatchObject({
      ok: false,
      detail: expect.stringMatching(/not a regular/),
    });
  });

  test('no refusal repeats the content', async () => {
    const path = join(workspace.path, 'leaky');
    writeFileSync(path, 'top-secret-content', { mode: 0o644 });
    chmodSync(path, 0o644);
    expect(JSON.stringify(await readSecretFile(path))).not.toContain('top-secret');
  });
});
