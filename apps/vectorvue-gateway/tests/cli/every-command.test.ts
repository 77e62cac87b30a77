import { describe, expect, test } from '@jest/globals';
import { breachesOfManners } from '@nyxera/federation-cli/contract';
import { buildProgram } from '../../src/cli/program.ts';
import { runCommand } from './run-command.ts';

const quiet = { isTTY: false, write: () => undefined };
const build = () =>
  buildProgram(
    { environment: {}, stdout: quiet, stderr: quiet, now: () => 0, actor: 'cli:nobody' },
    () => Promise.resolve(),
    () => Promise.reject(new Error('nothing is asked')),
    () => undefined,
    () => undefined,
  );

describe('all commands', () => {
  test('each has a summary, --json, --quiet, exit codes, an example that parses; a typing error is told', async () => {
    const program = { build, run: (argv: readonly string[]) => runCommand({}, argv) };
    expect(await breachesOfManners(program)).toEqual([]);
  });

  test('the completion of each shell knows every command and option', async () => {
    for (const shell of ['bash', 'zsh', 'fish']) {
      const { exitCode, stdout } = await runCommand({}, ['completion', shell]);
      expect(exitCode).toBe(0);
      for (const word of ['evidence verify', 'confirm-fingerprint', 'verify-proof', 'quiet']) {
        expect([shell, stdout]).toEqual([shell, expect.stringContaining(word)]);
      }
    }
    const refused = await runCommand({}, ['completion', 'csh', '--json']);
    expect(refused).toMatchObject({ exitCode: 2, json: { error: { code: 'usage' } } });
  });
});

test('--quiet: nothing where all was done, the whole answer on standard error where not; a file that was asked for stays', async () => {
  const quiet = (...argv: readonly string[]) =>
    runCommand({ VV_TG_DATA_DIR: '/nowhere' }, [...argv, '--quiet']);
  expect(await quiet('rules', 'show')).toMatchObject({ exitCode: 0, stdout: '', stderr: '' });
  const ill = await quiet('doctor');
  expect(ill).toMatchObject({ exitCode: 1, stdout: '' });
  expect(ill.stderr).toContain('configuration\tfault\t');
  const refused = await quiet('key', 'list');
  expect(refused).toMatchObject({ exitCode: 2, stdout: '' });
  expect(refused.stderr).toContain('there is no database');
  expect((await quiet('completion', 'bash')).stdout).toContain('complete -F');
  expect((await quiet('rules', 'show', '--json')).json.source).toBeDefined();
});
