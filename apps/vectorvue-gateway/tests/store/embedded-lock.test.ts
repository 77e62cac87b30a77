import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { temporaryDirectory } from '@nyxera/federation-testing';
import { takeEmbeddedLock } from '../../src/store/embedded-lock.ts';
import { openDatabase } from '../../src/store/open-database.ts';
import { keepingLogger } from './stores.ts';

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

/** A process of its own that takes the lock (Node 24 runs TypeScript as it is) and says how that went. */
async function otherProcess(dataDir: string): Promise<{ child: ChildProcess; said: string }> {
  const script = join(import.meta.dirname, 'take-lock.ts');
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script, dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const [chunk] = await once(child.stdout, 'data');
  return { child, said: String(chunk).trim() };
}

test('a second process is refused by name; kill -9 of the first frees it', async () => {
  const directory = temporaryDirectory('lock');
  const first = await otherProcess(directory.path);
  expect(first.said).toBe('taken');
  expect((await otherProcess(directory.path)).said).toMatch(
    /^locked: another process is using the embedded database/,
  );
  expect(() => takeEmbeddedLock(directory.path)).toThrow(expect.objectContaining({ code: 'locked' }));
  first.child.kill('SIGKILL');
  await once(first.child, 'exit');
  const third = await otherProcess(directory.path);
  expect(third.said).toBe('taken');
  directory.remove();
});

test('the same process is refused as well, until it lets go', () => {
  const directory = temporaryDirectory('lock');
  const lock = takeEmbeddedLock(directory.path);
  expect(() => takeEmbeddedLock(directory.path)).toThrow(expect.objectContaining({ code: 'locked' }));
  lock.release();
  lock.release();
  takeEmbeddedLock(directory.path).release();
  directory.remove();
});

test('opening the database takes the lock before anything else, and makes its directory private', async () => {
  const directory = temporaryDirectory('lock');
  const embedded = join(directory.path, 'embedded');
  mkdirSync(embedded, { mode: 0o755 });
  const lock = takeEmbeddedLock(embedded);
  const options = {
    databaseUrl: null,
    dataDir: directory.path,
    role: 'serve' as const,
    logger: keepingLogger(),
  };
  await expect(openDatabase(options)).rejects.toMatchObject({ code: 'locked' });
  lock.release();
  const db = await openDatabase(options);
  expect(statSync(embedded).mode & 0o777).toBe(0o700);
  await expect(openDatabase(options)).rejects.toMatchObject({ code: 'locked' });
  await db.close();
  await db.close();
  directory.remove();
});

test('a data directory that is a file is a fault of the directory, not a lock', async () => {
  const directory = temporaryDirectory('lock');
  const file = join(directory.path, 'file');
  writeFileSync(file, '');
  chmodSync(file, 0o600);
  await expect(
    openDatabase({ databaseUrl: null, dataDir: file, role: 'serve', logger: keepingLogger() }),
  ).rejects.toMatchObject({ code: 'data_directory' });
  directory.remove();
});
