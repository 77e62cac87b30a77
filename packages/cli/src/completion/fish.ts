import { allCommands, type CommandForm, functionName, lastWord } from './command-tree.ts';

/** A script for fish: `PROGRAM completion fish > ~/.config/fish/completions/PROGRAM.fish`. */
export function fishCompletion(program: string, root: CommandForm): string {
  const at = `_${functionName(program)}_at`;
  const commands = allCommands(root);
  const paths = commands.filter((one) => one.path !== '').map((one) => quoted(` ${one.path}`));
  return [
    `# fish completion of ${program}; made by: ${program} completion fish`,
    `function ${at}`,
    '  set -l at ""',
    '  for word in (commandline -opc)[2..]',
    `    contains -- "$at $word" ${paths.join(' ')}; and set at "$at $word"`,
    '  end',
    '  test "$at" = "$argv[1]"',
    'end',
    `complete -c ${program} -f`,
    ...commands.flatMap((command) => linesOf(program, at, command)),
    '',
  ].join('\n');
}

function linesOf(program: string, at: string, command: CommandForm): readonly string[] {
  const where = quoted(`${at} ${quoted(command.path === '' ? '' : ` ${command.path}`)}`);
  const begin = `complete -c ${program} -n ${where}`;
  const { argument } = command;
  return [
    ...command.children.map((child) => `${begin} -a ${quoted(lastWord(child))} -d ${quoted(child.summary)}`),
    ...command.options.map(({ flags, summary, value }) => {
      const names = flags.map((flag) =>
        flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`,
      );
      return `${begin} ${names.join(' ')}${takenValue(value)} -d ${quoted(summary)}`;
    }),
    ...(argument === null
      ? []
      : argument.isPath
        ? [`${begin} -F`]
        : [`${begin} -a ${quoted(argument.choices.join(' '))}`]),
  ];
}

function takenValue(value: CommandForm['argument']): string {
  if (value === null) return '';
  return value.isPath ? ' -r -F' : ` -x -a ${quoted(value.choices.join(' '))}`;
}

/** Within single quotes fish knows two escapes: of the quote and of the backslash. */
function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
