import { spawnSync } from 'node:child_process';
import { expect, test } from '@jest/globals';
import { boundHeap, type StartedProcess } from '../src/bound-heap.ts';

interface Replacement {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

function start(changes: Partial<StartedProcess>): Replacement | null {
  let replacement: Replacement | null = null;
  boundHeap({
    execPath: '/bin/node',
    execArgv: ['--enable-source-maps'],
    argv: ['/bin/node', '/bin/gateway.js', 'serve'],
    env: { PATH: '/bin', ABSENT: undefined },
    version: '24.21.0',
    execve: ((file: string, args: string[], env: Record<string, string>) => {
      replacement = { file, args, env };
    }) as never,
    ...changes,
  });
  return replacement;
}

test('the program starts itself once more, with everything that it was started with and the bounds', () => {
  expect(start({})).toEqual({
    file: '/bin/node',
    args: [
      '/bin/node',
      '--max-semi-space-size=16',
      '--initial-old-space-size=48',
      '--heap-growing-percent=100',
      '--no-parallel-scavenge',
      '--no-allocation-site-pretenuring',
      '--enable-source-maps',
      '/bin/gateway.js',
      'serve',
    ],
    env: { PATH: '/bin' },
  });
});

test('with another Node only with what every Node knows', () => {
  expect(start({ version: '26.0.0' })?.args.slice(1, 3)).toEqual([
    '--max-semi-space-size=16',
    '--enable-source-maps',
  ]);
});

test('this Node takes the flags', () => {
  const flags =
    start({ execPath: process.execPath, version: process.versions.node, execArgv: [] })?.args ?? [];
  const taken = spawnSync(process.execPath, [...flags.slice(1, -2), '-e', '0'], { encoding: 'utf8' });
  expect(taken).toMatchObject({ status: 0, stderr: '' });
});

test('it does not where the flag is set already, however it is spelt, or where it cannot', () => {
  expect(start({ execArgv: ['--max-semi-space-size=64'] })).toBeNull();
  expect(start({ execArgv: ['--max_semi_space_size=64'] })).toBeNull();
  expect(start({ env: { NODE_OPTIONS: '--trace-warnings --max-semi-space-size=8' } })).toBeNull();
  expect(start({ execve: undefined as never })).toBeNull();
});
