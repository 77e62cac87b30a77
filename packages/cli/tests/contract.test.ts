import { expect, test } from '@jest/globals';
import { Command } from 'commander';
import { breachesOfManners } from '../src/contract.ts';
import { EXIT_CODES_HELP } from '../src/index.ts';

test('a command without manners is told each of them; one with all of them none', async () => {
  const build = (good: boolean): Command => {
    const program = new Command('prog').description('a program');
    const leaf = program.command('do').option('--json', 'JSON').option('--to <place>', 'where');
    if (!good) return program;
    leaf.description('does it').option('-q, --quiet', 'quiet');
    leaf.addHelpText('after', `\nExample:\n  $ prog do --to "some where" | head\n\n${EXIT_CODES_HELP}`);
    return program;
  };
  const run = (good: boolean) => (argv: readonly string[]) => {
    const out = { exitCode: 0, stdout: '', stderr: '' };
    const program = build(good);
    for (const one of [program, ...program.commands]) {
      one.exitOverride().configureOutput({
        writeOut: (text) => {
          out.stdout += text;
        },
        writeErr: (text) => {
          out.stderr += text;
        },
      });
    }
    try {
      program.parse([...argv], { from: 'user' });
    } catch (fault) {
      const { code, message } = fault as { code: string; message: string };
      if (code === 'commander.helpDisplayed') return Promise.resolve(out);
      out.exitCode = good ? 2 : 7;
      if (good) out.stdout += `${JSON.stringify({ code: 'usage', message })}\n`;
    }
    return Promise.resolve(out);
  };
  expect(await breachesOfManners({ build: () => build(true), run: run(true) })).toEqual([]);
  expect(await breachesOfManners({ build: () => build(false), run: run(false) })).toEqual([
    'a program: a wrong command line ends with 7',
    'a program: a wrong command line with --json: ',
    'do: --help does not show -q, --quiet',
    `do: --help does not show ${EXIT_CODES_HELP}`,
    'do: --help does not show Example:',
    'do: no summary',
    'do: no example of itself',
    'do: a wrong command line ends with 7',
    'do: a wrong command line with --json: ',
  ]);
});
