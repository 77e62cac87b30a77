import type { Argument, Command, Option } from 'commander';

/** What may stand in one place of a command line. */
export interface ValueForm {
  readonly choices: readonly string[];
  /** A path is completed as the shell completes paths. */
  readonly isPath: boolean;
}

export interface OptionForm {
  /** `-V`, `--version`. */
  readonly flags: readonly string[];
  readonly summary: string;
  /** null: takes no value. */
  readonly value: ValueForm | null;
}

/** A command, or a group of them, as the shells need to know it. */
export interface CommandForm {
  /** The words that lead to it: `key rotate`; empty for the program itself. */
  readonly path: string;
  readonly summary: string;
  readonly options: readonly OptionForm[];
  readonly argument: ValueForm | null;
  readonly children: readonly CommandForm[];
}

const HELP: OptionForm = { flags: ['-h', '--help'], summary: 'show the options and an example', value: null };

/** What the placeholder of a path is called: `<file>`, `[report]`, `<folder|file>`. */
const PATH_WORD = /(?:^|[^a-z])(?:file|folder|path|dir|directory|report)s?(?:$|[^a-z])/i;

/** The program's own declarations, read as data. Nothing is listed a second time, so nothing can be forgotten. */
export function commandTree(command: Command, path = ''): CommandForm {
  const [first] = command.registeredArguments;
  return {
    path,
    summary: command.summary() === '' ? command.description() : command.summary(),
    options: [...command.options.filter((one) => !one.hidden).map(optionForm), HELP],
    argument: first === undefined ? null : valueForm(first.name(), first),
    children: command.commands
      .filter((child) => child.name() !== 'help')
      .map((child) => commandTree(child, path === '' ? child.name() : `${path} ${child.name()}`)),
  };
}

/** It and everything below it. */
export function allCommands(form: CommandForm): readonly CommandForm[] {
  return [form, ...form.children.flatMap(allCommands)];
}

function optionForm(option: Option): OptionForm {
  const flags = [option.short, option.long].filter((flag) => flag !== undefined && flag !== null);
  const takesValue = option.required || option.optional;
  const name = `${option.long ?? ''} ${option.flags.split(' ').at(-1) ?? ''}`;
  return { flags, summary: option.description, value: takesValue ? valueForm(name, option) : null };
}

function valueForm(name: string, from: Pick<Option | Argument, 'argChoices'>): ValueForm {
  const choices = from.argChoices ?? [];
  return { choices, isPath: choices.length === 0 && PATH_WORD.test(name) };
}

/** The last word of the path. */
export function lastWord(form: CommandForm): string {
  return form.path.split(' ').at(-1) ?? '';
}

/** A text within single quotes of sh, bash and zsh. Only texts of our own declarations come here. */
export function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** A name for a function of the shell. */
export function functionName(program: string): string {
  return `_${program.replaceAll(/[^a-z0-9]/g, '_')}`;
}
