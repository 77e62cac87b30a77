import { createPrivateKey } from 'node:crypto';
import { readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { generateKeyFile, openSigner } from '../src/index.ts';
import { Workspace } from './support/key-files.ts';

const workspace = new Workspace();
afterAll(workspace.remove);

describe('generateKeyFile', () => {
  test('writes PKCS#8 PEM with mode 0600 whatever the umask, and opens as the key it returned', async () => {
    for (const umask of [0o000, 0o077, 0o022, 0o477]) {
      const path = join(workspace.path, `made-${umask}`);
      const before = process.umask(umask);
      const key = await generateKeyFile(path).finally(() => process.umask(before));
      expect(statSync(path).mode & 0o777).toBe(0o600);
      expect(createPrivateKey(readFileSync(path)).asymmetricKeyType).toBe('ed25519');
      const signer = await openSigner(path);
      expect(signer.ok && (await signer.value.kid())).toBe(key.kid);
    }
  });

  test('never overwrites, nor writes through a symbolic link', async () => {
    const path = join(workspace.path, 'once');
    await generateKeyFile(path);
    const content = readFileSync(path, 'utf8');
    await expect(generateKeyFile(path)).rejects.toMatchObject({ code: 'EEXIST' });
    expect(readFileSync(path, 'utf8')).toBe(content);

    const link = join(workspace.path, 'dangling');
    symlinkSync(join(workspace.path, 'elsewhere'), link);
    await expect(generateKeyFile(link)).rejects.toMatchObject({ code: 'EEXIST' });
    expect(readdirSync(workspace.path)).not.toContain('elsewhere');
  });

  test('makes another key every time', async () => {
    const keys = await Promise.all([1, 2, 3].map((n) => generateKeyFile(join(workspace.path, `many-${n}`))));
    expect(new Set(keys.map((key) => key.kid)).size).toBe(3);
  });

  test('a directory that does not exist is an error', async () => {
    await expect(generateKeyFile(join(workspace.path, 'absent', 'key'))).rejects.toMatchObject({
      code: 'ENOENT',
    });
  });
});
