import { expect, test } from '@jest/globals';
import { runSource } from '@nyxera/federation-testing';
import { readArguments } from '../src/arguments.ts';

const run = (args: readonly string[]) => runSource(new URL('../src/main.ts', import.meta.url), args);

test('--help says every option, and nothing is run', () => {
  const { status, stdout, stderr } = run(['--help']);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  for (const option of ['--long', '--suite', '--seed', '--cases', '--case ', '--seconds'])
    expect(stdout).toContain(option);
});

test('a wrong option is refused in one line', () => {
  const { status, stdout, stderr } = run(['--no-such-option']);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toMatch(/^Unknown option '--no-such-option'.*\n$/);
});

test.each([
  [['--cases', 'many'], '--cases takes a number'],
  [['--suite', 'other'], '--suite is one of gateway, feedback'],
])('%j is refused', (args, words) => {
  expect(() => readArguments(args, () => 'fresh')).toThrow(words);
});
