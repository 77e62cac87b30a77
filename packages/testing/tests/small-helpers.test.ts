import { existsSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { expect, test } from '@jest/globals';
import { describeWithShared, fakeClock, freePort, sharedPath, temporaryDirectory } from '../src/index.ts';

test('a fake clock moves only when told, and its functions need no object', () => {
  const { now, advance, set } = fakeClock(1_000);
  expect([now(), now()]).toEqual([1_000, 1_000]);
  advance(250);
  expect(now()).toBe(1_250);
  advance(-1_000);
  expect(now()).toBe(250);
  set(7);
  expect(now()).toBe(7);
});

test('temporary directories are private, distinct and removed with their content', () => {
  const [a, b] = [temporaryDirectory('helpers'), temporaryDirectory('helpers')];
  expect(a.path).not.toBe(b.path);
  expect(statSync(a.path).mode & 0o777).toBe(0o700);
  writeFileSync(`${a.path}/file`, 'x');
  a.remove();
  a.remove();
  b.remove();
  expect(existsSync(a.path) || existsSync(b.path)).toBe(false);
});

test('a free port can be bound', async () => {
  const port = await freePort();
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve);
  });
  server.close();
});

test('a path that is not in ../shared is null', () => {
  expect(sharedPath('no', 'such', 'file')).toBeNull();
});

describeWithShared('with ../shared', (shared) => {
  test('its files are found from the repository, not from the working directory', () => {
    expect(sharedPath('PROTOCOL.md')).toBe(`${shared}/PROTOCOL.md`);
  });
});

test('where ../shared is absent, the suite shows one skipped test', () => {
  const seen: string[] = [];
  const saved = { describe: Reflect.get(globalThis, 'describe'), test: Reflect.get(globalThis, 'test') };
  Object.assign(globalThis, {
    describe: (name: string, define: () => void) => {
      seen.push(name);
      define();
    },
    test: { skip: (name: string) => seen.push(`skipped: ${name}`) },
  });
  try {
    describeWithShared('vectors', () => seen.push('defined'), null);
  } finally {
    Object.assign(globalThis, saved);
  }
  expect(seen).toEqual(['vectors', 'skipped: needs ../shared']);
});
