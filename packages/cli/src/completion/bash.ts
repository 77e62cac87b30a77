import { allCommands, type CommandForm, functionName, lastWord, shellQuoted } from './command-tree.ts';

/**
 * A script for bash from 4 on: `source <(PROGRAM completion bash)`. It starts no program while it completes: the
 * words are in it. An option's value is looked up by the command and the word before the cursor.
 */
export function bashCompletion(program: string, root: CommandForm): string {
  const name = functionName(program);
  const commands = allCommands(root);
  const below = commands.filter((one) => one.path !== '');
  return [
    `# bash completion of ${program}; made by: ${program} completion bash`,
    `${name}() {`,
    `  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} at= i`,
    '  COMPREPLY=()',
    '  for ((i = 1; i < COMP_CWORD; i++)); do',
    `    case "$at \${COMP_WORDS[i]}" in`,
    `      ${below.map((one) => shellQuoted(` ${one.path}`)).join(' | ')}) at="$at \${COMP_WORDS[i]}" ;;`,
    '    esac',
    '  done',
    '  case "$at $prev" in',
    ...commands.flatMap(valueCases),
    '  esac',
    '  case "$at" in',
    ...commands.map(wordCase),
    '  esac',
    '}',
    `complete -F ${name} ${program}`,
    '',
  ].join('\n');
}

const PATHS = 'compopt -o default 2>/dev/null';

function valueCases(command: CommandForm): readonly string[] {
  const at = command.path === '' ? '' : ` ${command.path}`;
  return command.options.flatMap(({ flags, value }) => {
    if (value === null) return [];
    const then = value.isPath ? PATHS : offer(value.choices);
    return [`    ${flags.map((flag) => shellQuoted(`${at} ${flag}`)).join(' | ')}) ${then}; return ;;`];
  });
}

/** Options after a dash; else the commands below, or what the argument may be. */
function wordCase(command: CommandForm): string {
  const at = command.path === '' ? '' : ` ${command.path}`;
  const flags = command.options.flatMap((one) => one.flags.filter((flag) => flag.startsWith('--')));
  const { argument } = command;
  const words = command.children.length > 0 ? command.children.map(lastWord) : (argument?.choices ?? []);
  const other = argument?.isPath === true ? PATHS : offer(words);
  return `    ${shellQuoted(at)}) if [[ $cur == -* ]]; then ${offer(flags)}; else ${other}; fi ;;`;
}

function offer(words: readonly string[]): string {
  return words.length === 0 ? ':' : `COMPREPLY=($(compgen -W ${shellQuoted(words.join(' '))} -- "$cur"))`;
}
