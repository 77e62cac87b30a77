import { describe, expect, test } from '@jest/globals';
import { breachesOfManners } from '@nyxera/federation-cli/contract';
import { temporaryDirectory } from '@nyxera/federation-testing';
import { buildProgram } from '../../src/cli/run-cli.ts';
import { PIPE_CONTEXT } from './pipe-context.ts';
import { runInProcess } from './run-in-process.ts';

const build = () => buildProgram(PIPE_CONTEXT, () => Promise.resolve());

describe('all commands', () => {
  test('each has a summary, --json, --quiet, exit codes, an example that parses; a typing error is told', async () => {
    const program = { build, run: async (argv: readonly string[]) => finished(await runInProcess({}, argv)) };
    expect(await breachesOfManners(program)).toEqual([]);
  });

  test('the completion of each shell knows every command and option', async () => {
    for (const shell of ['bash', 'zsh', 'fish']) {
      const { code, stdout } = await runInProcess({}, ['completion', shell]);
      expect(code).toBe(0);
      for (const word of ['quarantine retry', 'witness reset', 'confirm-fingerprint', 'quiet', 'nuclei']) {
        expect([shell, stdout]).toEqual([shell, expect.stringContaining(word)]);
      }
    }
    expect((await runInProcess({}, ['completion', 'csh', '--json'])).last).toMatchObject({ code: 'usage' });
  });
});

test('--quiet: nothing where all was done, the whole answer on standard error where not; JSON that was asked for stays', async () => {
  const directory = temporaryDirectory('quiet');
  const environment = { SPECTRASTRIKE_DATA_DIR: directory.path };
  const quiet = (...argv: readonly string[]) => runInProcess(environment, [...argv, '--quiet']);
  const [well, ill, json, refused] = [
    await quiet('security', 'list'),
    await quiet('doctor'),
    await quiet('security', 'list', '--json'),
    await quiet('attestation', 'show', '--hash', 'f'.repeat(64)),
  ];
  directory.remove();
  expect(well).toMatchObject({ code: 0, stdout: '', stderr: '' });
  expect(ill).toMatchObject({ code: 78, stdout: '' });
  expect(ill.stderr).toContain('VECTORVUE_FEDERATION_URL\tfail\t');
  expect(json).toMatchObject({ code: 0, stderr: '' });
  expect(json.last).not.toBeNull();
  expect(refused).toMatchObject({ code: 1, stdout: '' });
  expect(refused.stderr).not.toBe('');
});

test('a kid that begins with a dash is one, and no option', async () => {
  const directory = temporaryDirectory('dash');
  const environment = { SPECTRASTRIKE_DATA_DIR: directory.path };
  const kid = `-${'a'.repeat(42)}`;
  const ran = await runInProcess(environment, ['key', 'revoke', kid, '--json']);
  const option = await runInProcess(environment, ['key', 'revoke', kid.slice(1, 9), '--no-such', '--json']);
  directory.remove();
  expect([ran.code, JSON.stringify(ran.last)]).toEqual([2, expect.stringContaining('key_unknown')]);
  expect(option.last).toMatchObject({ code: 'usage' });
});

function finished(ran: { readonly code: number | null; readonly stdout: string; readonly stderr: string }) {
  return { exitCode: ran.code ?? -1, stdout: ran.stdout, stderr: ran.stderr };
}
