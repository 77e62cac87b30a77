import { allCommands, type CommandForm, functionName, lastWord, shellQuoted } from './command-tree.ts';

/** A script for zsh: a file `_PROGRAM` in `$fpath`, or `source <(PROGRAM completion zsh)` after `compinit`. */
export function zshCompletion(program: string, root: CommandForm): string {
  const name = functionName(program);
  const commands = allCommands(root);
  const below = commands.filter((one) => one.path !== '');
  return [
    `#compdef ${program}`,
    `# zsh completion of ${program}; made by: ${program} completion zsh`,
    `${name}() {`,
    "  local at='' i",
    '  local -a offered',
    '  for ((i = 2; i < CURRENT; i++)); do',
    `    case "$at \${words[i]}" in`,
    `      ${below.map((one) => `(${shellQuoted(` ${one.path}`)})`).join('|')}) at="$at \${words[i]}" ;;`,
    '    esac',
    '  done',
    `  case "$at \${words[CURRENT-1]}" in`,
    ...commands.flatMap(valueCases),
    '  esac',
    '  case "$at" in',
    ...commands.map(wordCase),
    '  esac',
    '}',
    // Sourced, it has to be announced; as a file of $fpath it is the function itself that is wanted.
    `if [ "$funcstack[1]" = ${shellQuoted(name)} ]; then ${name} "$@"; else compdef ${name} ${program}; fi`,
    '',
  ].join('\n');
}

function valueCases(command: CommandForm): readonly string[] {
  const at = command.path === '' ? '' : ` ${command.path}`;
  return command.options.flatMap(({ flags, value }) => {
    if (value === null) return [];
    const patterns = flags.map((flag) => `(${shellQuoted(`${at} ${flag}`)})`).join('|');
    const words = value.choices.map(shellQuoted).join(' ');
    const then = value.isPath ? '_files' : words === '' ? ':' : `compadd -- ${words}`;
    return [`    ${patterns}) ${then}; return ;;`];
  });
}

function wordCase(command: CommandForm): string {
  const at = command.path === '' ? '' : ` ${command.path}`;
  const options = command.options.flatMap((one) =>
    one.flags.filter((flag) => flag.startsWith('--')).map((flag) => described(flag, one.summary)),
  );
  return `    (${shellQuoted(at)}) if [[ $PREFIX == -* ]]; then offered=(${options.join(' ')}); _describe option offered; else ${others(command)}; fi ;;`;
}

function others({ children, argument }: CommandForm): string {
  if (children.length > 0) {
    const words = children.map((child) => described(lastWord(child), child.summary));
    return `offered=(${words.join(' ')}); _describe command offered`;
  }
  if (argument === null) return ':';
  if (argument.isPath) return '_files';
  return argument.choices.length === 0 ? ':' : `compadd -- ${argument.choices.map(shellQuoted).join(' ')}`;
}

/** `word:what it is`, where a colon of the word itself would end it. */
function described(word: string, summary: string): string {
  return shellQuoted(`${word.replaceAll(':', '\\:')}:${summary}`);
}
