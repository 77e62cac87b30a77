import { existsSync } from 'node:fs';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { PIPE } from '@nyxera/federation-cli';
import { temporaryDirectory } from '@nyxera/federation-testing';
import { renderBlocks } from '../../src/cli/render.ts';
import { runCommandLine } from '../../src/cli/run-cli.ts';
import { setEnvironmentLines } from '../../src/trust/environment-lines.ts';
import { runNode } from './run-agent.ts';

async function runHere(argv: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ['', ''];
  const stream = (take: (text: string) => void) => ({ write: take, isTerminal: false });
  const code = await runCommandLine(argv, {
    environment: {},
    stdout: stream((text) => {
      out += text;
    }),
    stderr: stream((text) => {
      err += text;
    }),
    stdin: Readable.from([]),
    now: () => 0,
    random: (bytes) => new Uint8Array(bytes),
    signal: new AbortController().signal,
  });
  return { code, out, err };
}

describe('a command line', () => {
  test('a wrong command line ends with 2 and says what is wrong', async () => {
    for (const argv of [
      ['nonsense'],
      ['send', '--nonsense'],
      ['policy', 'evaluate'],
      ['send', '--wait', '1e3'],
    ]) {
      const { code, err } = await runHere(argv);
      expect([argv, code]).toEqual([argv, 2]);
      expect(err).not.toBe('');
    }
  });

  test('it cannot write to the terminal', async () => {
    const { err } = await runHere(['send', '--\u001b]0;owned\u0007']);
    expect(err).not.toContain('\u001b');
    expect(err).toContain('\\u001b');
  });
});

test('a cell cannot add a column or a row, in a pipe or on a terminal', () => {
  const block = { kind: 'table', head: ['a', 'b'], rows: [['x\ty\nz', '\u001b[2J']] } as const;
  const terminal = { terminal: true, moves: true, colour: false, columns: 80 };
  expect(renderBlocks([block], PIPE)).toBe('x\\ty\\nz\t\\u001b[2J\n');
  expect(renderBlocks([block], terminal)).not.toContain('\u001b');
  expect(renderBlocks([{ kind: 'facts', facts: [['name', 'x\ny']] }], PIPE)).toBe('name\tx\\ny\n');
});

test('an environment file keeps foreign lines; a value can neither end its quotes nor begin another line', () => {
  const text = setEnvironmentLines('# mine\nexport A=1\nB=2\n', { A: "it's $(x)", C: 'a\nD=evil' });
  expect(text).toBe("# mine\nA='it'\\''s $(x)'\nB=2\nC='aD=evil'\n");
  expect(setEnvironmentLines(text, { A: "it's $(x)" })).toBe(text);
});

const bin = fileURLToPath(new URL('../../bin/spectrastrike-agent.js', import.meta.url));
const built = existsSync(bin) ? test : test.skip;

built('the built program runs from any directory; a command ends with its exit code', async () => {
  const directory = temporaryDirectory('bin');
  const environment = { SPECTRASTRIKE_DATA_DIR: directory.path };
  const version = await runNode([bin, '--version'], environment);
  expect([version.code, version.stdout]).toEqual([
    0,
    expect.stringMatching(/^spectrastrike-agent \d+\.\d+\.\d+ \((?:[0-9a-f]{12}(?:-modified)?|unknown)\)\n$/),
  ]);
  const evaluated = await runNode(
    [
      bin,
      'policy',
      'evaluate',
      '--tenant',
      '10000000-0000-0000-0000-000000000001',
      '--target',
      'x',
      '--base',
      'deny',
      '--json',
    ],
    environment,
  );
  expect(evaluated.last).toMatchObject({ allow: false, context: { feedback_bound: false } });
  directory.remove();
});
