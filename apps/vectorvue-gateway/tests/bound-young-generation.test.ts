import { expect, test } from '@jest/globals';
import { boundYoungGeneration, type StartedProcess } from '../src/bound-young-generation.ts';

interface Replacement {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

function start(changes: Partial<StartedProcess>): Replacement | null {
  let replacement: Replacement | null = null;
  boundYoungGeneration({
    execPath: '/bin/node',
    execArgv: ['--enable-source-maps'],
    argv: ['/bin/node', '/bin/gateway.js', 'serve'],
    env: { PATH: '/bin', ABSENT: undefined },
    execve: ((file: string, args: string[], env: Record<string, string>) => {
      replacement = { file, args, env };
    }) as never,
    ...changes,
  });
  return replacement;
}

test('the program starts itself once more, with everything that it was started with and the bound', () => {
  expect(start({})).toEqual({
    file: '/bin/node',
    args: ['/bin/node', '--max-semi-space-size=16', '--enable-source-maps', '/bin/gateway.js', 'serve'],
    env: { PATH: '/bin' },
  });
});

test('it does not where the flag is set already, however it is spelt, or where it cannot', () => {
  expect(start({ execArgv: ['--max-semi-space-size=64'] })).toBeNull();
  expect(start({ execArgv: ['--max_semi_space_size=64'] })).toBeNull();
  expect(start({ env: { NODE_OPTIONS: '--trace-warnings --max-semi-space-size=8' } })).toBeNull();
  expect(start({ execve: undefined as never })).toBeNull();
});
