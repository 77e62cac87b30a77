import { Argument, type Command, InvalidArgumentError, Option } from 'commander';
import type { CliContext } from './cli-context.ts';
import { CliFault } from './cli-fault.ts';
import type { CommandResult } from './command-result.ts';
import { EXIT_CODES_HELP, EXIT_USAGE } from './exit-codes.ts';

const PROGRAM = 'spectrastrike-agent';

/** Options as commander parsed them, by their camelCase names. */
export type Options = Readonly<Record<string, unknown>>;

export interface OptionSpec {
  /** As commander writes it: `--wait <seconds>`, `--no-wait`. */
  readonly flags: string;
  readonly description: string;
  readonly choices?: readonly string[];
  readonly default?: string;
  readonly required?: boolean;
  /** `seconds` and `count` are checked here, so that a typing error is a usage error. */
  readonly type?: 'text' | 'count';
}

export interface CommandSpec {
  readonly name: string;
  /** `<file...>`; none by default. */
  readonly arguments?: string;
  /** What the argument may be, where that is a few words. */
  readonly argumentChoices?: readonly string[];
  readonly summary: string;
  readonly options?: readonly OptionSpec[];
  /** More than the summary says, for `--help`. */
  readonly notes?: string;
  /** Shown by `--help`; the program's name is put before a line that does not hold it. */
  readonly examples: readonly string[];
  readonly run: (context: CliContext, args: readonly string[], options: Options) => Promise<CommandResult>;
}

/** Where a parsed command line is handed to: it runs the command and keeps the outcome. */
export type Execute = (spec: CommandSpec, args: readonly string[], options: Options) => Promise<void>;

/** Declares one command; every one gets `--json`, `--quiet`, an example and the exit codes in its help. */
export function addCommand(parent: Command, spec: CommandSpec, execute: Execute): void {
  const command = parent.command(spec.name).summary(spec.summary).description(spec.summary);
  if (spec.arguments !== undefined) {
    const argument = new Argument(spec.arguments);
    command.addArgument(
      spec.argumentChoices === undefined ? argument : argument.choices(spec.argumentChoices),
    );
  }
  for (const one of spec.options ?? []) command.addOption(optionOf(one));
  command.option('--json', 'answer in JSON, one value a line');
  command.option('-q, --quiet', 'print nothing unless something was not done');
  const examples = spec.examples
    .map((line) => (line.includes(PROGRAM) ? `  $ ${line}` : `  $ ${PROGRAM} ${line}`))
    .join('\n');
  const notes = spec.notes === undefined ? '' : `${spec.notes}\n\n`;
  command.addHelpText('after', `\n${notes}Example:\n${examples}\n\n${EXIT_CODES_HELP}`);
  command.action(async (...received: unknown[]) => {
    const positional = received
      .slice(0, -2)
      .flat()
      .filter((one): one is string => typeof one === 'string');
    await execute(spec, positional, command.opts());
  });
}

function optionOf(spec: OptionSpec): Option {
  const option = new Option(spec.flags, spec.description);
  if (spec.choices !== undefined) option.choices([...spec.choices]);
  if (spec.default !== undefined) option.default(spec.default);
  if (spec.required === true) option.makeOptionMandatory();
  if (spec.type === 'count') option.argParser(parseCount);
  return option;
}

/** Decimal digits only: `1e3`, `0x10` and `-1` are typing errors here. */
function parseCount(value: string): string {
  if (!/^[0-9]{1,9}$/.test(value)) throw new InvalidArgumentError('A whole number is expected.');
  return value;
}

/** The value of a text option; null where it was not given. */
export function optionText(options: Options, name: string): string | null {
  const value = options[name];
  return typeof value === 'string' ? value : null;
}

/** As `optionText`, undefined where it was not given, for optional filters. */
export function optionFilter(options: Options, name: string): string | undefined {
  return optionText(options, name) ?? undefined;
}

export function optionCount(options: Options, name: string, fallback: number): number {
  const value = optionText(options, name);
  return value === null ? fallback : Number(value);
}

/** A 64-hex option in any case, lower-cased; a usage fault where it has another form. */
export function optionHash(options: Options, name: string): string | undefined {
  const value = optionText(options, name);
  if (value === null) return undefined;
  if (!/^[0-9a-fA-F]{64}$/.test(value)) throw new CliFault(EXIT_USAGE, `--${name} takes 64 hex digits`);
  return value.toLowerCase();
}
