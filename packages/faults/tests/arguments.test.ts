import { expect, test } from '@jest/globals';
import { runSource } from '@nyxera/federation-testing';
import { readArguments } from '../src/arguments.ts';

const run = (args: readonly string[]) => runSource(new URL('../src/main.ts', import.meta.url), args);

test('--help says every option, and nothing is run', () => {
  const { status, stdout, stderr } = run(['--help']);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  for (const option of ['--long', '--seed', '--kind', '--faults', '--minutes'])
    expect(stdout).toContain(option);
});

test('a wrong option is refused in one line', () => {
  const { status, stdout, stderr } = run(['--no-such-option']);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toMatch(/^Unknown option '--no-such-option'.*\n$/);
});

test.each([
  [['--faults', '0'], '--faults takes a whole number from 1'],
  [['--seed', '-1'], "Option '--seed' argument is ambiguous"],
  [['--kind', 'other'], 'no kind "other"; there are: one'],
])('%j is refused', (args, words) => {
  expect(() => readArguments(args, ['one'])).toThrow(words);
});

test('of each kind as many as are asked for, else a thousand together and fifty at least, else two', () => {
  const each = (...args: string[]) => readArguments(args, ['one'])?.faultsOfEach(10);
  expect([each('--faults', '7', '--long'), each('--long'), each()]).toEqual([7, 100, 2]);
});
