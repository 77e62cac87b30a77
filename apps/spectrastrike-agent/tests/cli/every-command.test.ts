import { describe, expect, test } from '@jest/globals';
import { breachesOfManners } from '@nyxera/federation-cli/contract';
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

function finished(ran: { readonly code: number | null; readonly stdout: string; readonly stderr: string }) {
  return { exitCode: ran.code ?? -1, stdout: ran.stdout, stderr: ran.stderr };
}
