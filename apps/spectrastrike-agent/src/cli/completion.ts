import { COMPLETION_NOTES, completionScript, SHELLS } from '@nyxera/federation-cli';
import type { Command } from 'commander';
import type { CommandSpec } from './command.ts';
import { EXIT_OK } from './exit-codes.ts';

/** `completion`: the script is made from the declarations of the program of which this is a command. */
export function completion(program: () => Command): CommandSpec {
  return {
    name: 'completion',
    arguments: '<shell>',
    argumentChoices: SHELLS,
    summary: 'Print a script that completes commands, options and files in a shell',
    notes: COMPLETION_NOTES.replaceAll('PROGRAM', 'spectrastrike-agent'),
    examples: ['completion bash'],
    run: (_context, args) => {
      // Commander lets only these through; anything else would be a fault of this declaration.
      const shell = SHELLS.find((one) => one === args[0]) ?? 'bash';
      const script = completionScript(shell, program());
      return Promise.resolve({
        blocks: [{ kind: 'document', text: script }],
        json: [{ shell, script }],
        exitCode: EXIT_OK,
      });
    },
  };
}
