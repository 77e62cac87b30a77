import type { Command } from 'commander';
import { bashCompletion } from './bash.ts';
import { commandTree } from './command-tree.ts';
import { fishCompletion } from './fish.ts';
import { zshCompletion } from './zsh.ts';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** How a shell is told, for the help of `completion`. */
export const COMPLETION_NOTES = `Prints a script for the shell; nothing is installed.
  bash  source <(PROGRAM completion bash)                 in ~/.bashrc
  zsh   source <(PROGRAM completion zsh)                  in ~/.zshrc, after compinit
  fish  PROGRAM completion fish | source                  in ~/.config/fish/config.fish`;

/** The completion of a program, from its own declarations. Deterministic: the same declarations, the same bytes. */
export function completionScript(shell: Shell, program: Command): string {
  const tree = commandTree(program);
  switch (shell) {
    case 'bash':
      return bashCompletion(program.name(), tree);
    case 'zsh':
      return zshCompletion(program.name(), tree);
    case 'fish':
      return fishCompletion(program.name(), tree);
  }
}
