import type { Command } from 'commander';
import type { CommonOptions } from '../command.ts';
import { defineCommand } from '../define-option.ts';
import type { CliIo } from '../io.ts';

/** `serve`: the server itself is loaded only when it is run. */
export function registerServe(program: Command, _io: CliIo, end: (code: number) => void): void {
  defineCommand(program, 'serve', {
    summary: 'run the gateway until SIGTERM',
    example: 'serve',
    notes:
      'Prints one JSON line with "event":"gateway.ready" on stdout when it accepts requests; logs go to stderr (with --quiet only errors). Configured by the environment, see README.md.',
  }).action(async ({ quiet }: CommonOptions) => {
    const { ofThisProcess, serveCommand } = await import('../../serve-command.ts');
    end(await serveCommand(ofThisProcess(quiet === true ? { VV_TG_LOG_LEVEL: 'error' } : {})));
  });
}
