import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import stringWidth from 'string-width';
import { PIPE, renderFacts, renderTable, screenOf } from '../src/index.ts';
import { wrapCell } from '../src/wrap-cell.ts';

const terminal = (columns: number) => ({ terminal: true, moves: true, colour: false, columns });

describe('what a stream can show', () => {
  test.each([
    [{}, true, true],
    [{}, false, false],
    [{ NO_COLOR: '1' }, true, false],
    [{ NO_COLOR: '' }, true, true],
    [{ TERM: 'dumb' }, true, false],
    [{ FORCE_COLOR: '1' }, false, true],
    [{ FORCE_COLOR: '1', NO_COLOR: '1', TERM: 'dumb' }, true, true],
    [{ FORCE_COLOR: '0' }, true, false],
    [{ FORCE_COLOR: 'false' }, true, false],
    [{ FORCE_COLOR: '' }, true, true],
  ])('%j, terminal %s: colour %s', (variables, isTerminal, colour) => {
    expect(screenOf({ isTerminal }, variables).colour).toBe(colour);
  });

  test('the cursor moves on no pipe and no dumb terminal; a width of nothing is no width', () => {
    expect(screenOf({ isTerminal: false, columns: 80 }, {})).toEqual(PIPE);
    expect(screenOf({ isTerminal: true }, { TERM: 'dumb' }).moves).toBe(false);
    expect(screenOf({ isTerminal: true, columns: 0 }, { TERM: 'xterm' })).toMatchObject({
      moves: true,
      columns: null,
    });
  });
});

describe('tables', () => {
  const hash = 'f'.repeat(64);
  const rows = [['signing key', 'ok', `signs as kid ${hash} from a file of the owner`, '-']];
  const head = ['check', 'state', 'found', 'what to do'];

  test('no line is wider than the terminal where columns fit, and no text is lost', () => {
    for (const columns of [80, 100, 120, 200]) {
      const lines = renderTable(head, rows, terminal(columns)).trimEnd().split('\n');
      for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(columns);
      expect(lines.join('').match(/f/g)?.length).toBeGreaterThanOrEqual(64);
    }
  });

  test('where columns do not fit, each row is facts; in a pipe it is a line', () => {
    expect(renderTable(head, rows, terminal(40))).toMatch(/^check {7}signing key\nstate {7}ok\nfound/);
    expect(renderTable(head, [...rows, ...rows], terminal(40))).toContain('\n\ncheck');
    expect(renderTable(head, rows, PIPE)).toBe(`${rows[0]?.join('\t')}\n`);
    expect(renderTable(head, [], terminal(80))).toBe('(check, state, found, what to do: none)\n');
    expect(renderTable(head, [], PIPE)).toBe('');
  });

  test('a state is coloured where colours are shown, and only there', () => {
    const cells = [
      ['x', 'fail'],
      ['y', 'not a fail'],
    ];
    const shown = renderTable(['a', 'b'], cells, { ...terminal(80), colour: true });
    expect(shown).toContain('\u001b[31mfail\u001b[39m');
    expect(shown).not.toContain('\u001b[31mnot');
    expect(renderTable(['a', 'b'], cells, terminal(80))).not.toContain('\u001b');
    expect(renderTable(['a', 'b'], cells, { ...PIPE, colour: true })).toContain(
      'x\t\u001b[31mfail\u001b[39m\n',
    );
    expect(renderFacts([['state', 'ok']], { ...PIPE, colour: true })).toBe('state\t\u001b[32mok\u001b[39m\n');
  });

  test('a wrapped cell keeps every visible character and its width', () => {
    const word = fc.string({
      unit: fc.constantFrom('a', '主', '😀', 'é', '\\', '-'),
      minLength: 1,
      maxLength: 30,
    });
    const sentence = fc.array(word, { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(sentence, fc.integer({ min: 2, max: 20 }), (words, width) => {
        const lines = wrapCell(words.join(' '), width);
        expect(lines.join('').replaceAll(' ', '')).toBe(words.join(''));
        for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(width);
      }),
    );
  });
});

/** The bar and a table on a terminal of the kernel, not on an object that says that it is one. */
const hasScript = spawnSync('script', ['--version']).status === 0 ? test : test.skip;
hasScript(
  'on a real terminal: a bar with rate and time left, and a table that fits; nothing of a bar in a pipe',
  () => {
    const index = fileURLToPath(new URL('../src/index.ts', import.meta.url));
    const program = `import { progressBar, renderTable, screenOf } from ${JSON.stringify(index)};
    const stream = { isTerminal: process.stdout.isTTY === true, columns: process.stdout.columns };
    const screen = screenOf(stream, process.env);
    let now = 0;
    const bar = progressBar({ shown: screen.moves, noun: 'events', now: () => (now += 2000) });
    for (const done of [10, 60]) bar.update(done, 100);
    bar.stop();
    console.log(renderTable(['a', 'b'], [['x'.repeat(60), 'y'.repeat(60)]], screen));`;
    const run = (command: string, args: readonly string[], variables: Record<string, string>) =>
      spawnSync(command, args, {
        env: { PATH: process.env.PATH ?? '', PROGRAM: program, ...variables },
        encoding: 'utf8',
      }).stdout;
    const node = `'${process.execPath}' --disable-warning=ExperimentalWarning --input-type=module -e "$PROGRAM"`;
    const onTerminal = run('script', ['-qec', `stty cols 60; ${node}`, '/dev/null'], { TERM: 'xterm' });
    expect(onTerminal).toMatch(/60% \| 60\/100 events \| \d+\/s \| eta \d+s/);
    expect(onTerminal).toContain('\u001b[1ma');
    const table = onTerminal.slice(onTerminal.indexOf('┌')).trimEnd().split('\r\n');
    expect(table.length).toBeGreaterThan(4);
    for (const line of table) expect(stringWidth(line)).toBeLessThanOrEqual(60);
    const dumb = run('script', ['-qec', `stty cols 60; ${node}`, '/dev/null'], { TERM: 'dumb' });
    expect(dumb).not.toContain('\u001b');
    const piped = run('sh', ['-c', `${node} 2>&1 | cat`], { TERM: 'xterm' });
    expect(piped).toBe(`${'x'.repeat(60)}\t${'y'.repeat(60)}\n\n`);
  },
);
