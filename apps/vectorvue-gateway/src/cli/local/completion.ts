import { COMPLETION_NOTES, completionScript, SHELLS, type Shell } from '@nyxera/federation-cli';
import { Argument, type Command } from 'commander';
import { defineCommand } from '../define-option.ts';
import { EXIT } from '../exit-codes.ts';
import type { Report } from '../program.ts';

/** `completion`: the script is made from the declarations of the program of which this is a command. */
export function registerCompletion(program: Command, report: Report): void {
  defineCommand(program, 'completion', {
    summary: 'print a script that completes commands, options and files in a shell',
    example: 'completion bash',
    notes: COMPLETION_NOTES.replaceAll('PROGRAM', 'vectorvue-gateway'),
  })
    .addArgument(new Argument('<shell>', 'of which shell').choices(SHELLS))
    .action((shell: Shell, options) => {
      const script = completionScript(shell, program);
      report({ json: { ok: true, shell, script }, lines: [], file: script, exitCode: EXIT.ok }, options);
    });
}
