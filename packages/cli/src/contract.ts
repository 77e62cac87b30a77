import type { Command } from 'commander';
import { allCommands, type CommandForm, commandTree } from './completion/command-tree.ts';
import { EXIT_CODES_HELP, EXIT_USAGE } from './exit-codes.ts';

/** A program as the contract runs it: nothing is done by it but to read a command line. */
export interface ProgramUnderContract {
  /** Afresh for each example, whose action is replaced. */
  build(): Command;
  run(argv: readonly string[]): Promise<{
    readonly exitCode: number;
    readonly stdout: string;
    readonly stderr: string;
  }>;
}

/**
 * What every command of either program has: a summary, `--json`, `--quiet`, the exit codes and an example of itself
 * that parses; a mistyped option or command ends with the code of usage, names what was meant, and is JSON where
 * that was asked for. Returns a sentence for each breach.
 */
export async function breachesOfManners(program: ProgramUnderContract): Promise<readonly string[]> {
  const tree = commandTree(program.build());
  const breaches: string[] = [];
  for (const command of allCommands(tree)) {
    const found =
      command.children.length > 0 ? await ofGroup(program, command) : await ofCommand(program, command);
    breaches.push(
      ...found.map((breach) => `${command.path === '' ? tree.summary : command.path}: ${breach}`),
    );
  }
  return breaches;
}

async function ofGroup(
  program: ProgramUnderContract,
  { path, summary }: CommandForm,
): Promise<readonly string[]> {
  const words = wordsOf(path);
  return [
    ...(summary === '' ? ['no summary'] : []),
    ...usageBreaches(await program.run([...words, 'no-such-command', '--json']), 'no-such-command'),
  ];
}

async function ofCommand(program: ProgramUnderContract, command: CommandForm): Promise<readonly string[]> {
  const words = wordsOf(command.path);
  const help = await program.run([...words, '--help']);
  const examples = examplesOf(help.stdout, program.build().name());
  return [
    ...(help.exitCode === 0 && help.stderr === '' ? [] : ['--help does not end well']),
    ...['--json', '-q, --quiet', EXIT_CODES_HELP, 'Example:']
      .filter((wanted) => !help.stdout.includes(wanted))
      .map((wanted) => `--help does not show ${wanted}`),
    ...(command.summary === '' ? ['no summary'] : []),
    ...(examples.some((one) => one.slice(0, words.length).join(' ') === command.path)
      ? []
      : ['no example of itself']),
    ...(await Promise.all(examples.map((one) => exampleBreaches(program.build(), one)))).flat(),
    ...usageBreaches(await program.run([...words, '--jsom', '--json']), '--json'),
  ];
}

/** The command line is wrong, and the answer says so to people and to programs. */
function usageBreaches(
  { exitCode, stdout, stderr }: Awaited<ReturnType<ProgramUnderContract['run']>>,
  names: string,
): readonly string[] {
  const document = stdout.trimEnd().split('\n').at(-1) ?? '';
  const named = document.includes(names) || document.includes('required option');
  return [
    ...(exitCode === EXIT_USAGE ? [] : [`a wrong command line ends with ${exitCode}`]),
    ...(stderr === '' ? ['a wrong command line says nothing'] : []),
    ...(isJson(document) && document.includes('"usage"') && named
      ? []
      : [`a wrong command line with --json: ${document}`]),
  ];
}

/** The example is parsed by the program itself; what it would do is not done. */
async function exampleBreaches(program: Command, words: readonly string[]): Promise<readonly string[]> {
  let ran = false;
  for (const command of everyCommand(program)) {
    command.exitOverride().configureOutput({ writeErr: () => undefined, writeOut: () => undefined });
    if (command.commands.length === 0) {
      command.action(() => {
        ran = true;
      });
    }
  }
  try {
    await program.parseAsync([...words], { from: 'user' });
    return ran ? [] : [`the example "${words.join(' ')}" runs nothing`];
  } catch (fault) {
    return [
      `the example "${words.join(' ')}" does not parse: ${fault instanceof Error ? fault.message : fault}`,
    ];
  }
}

function everyCommand(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(everyCommand)];
}

/** The command lines after `$ `, from the program's name on, as a shell would split them: up to a pipe. */
function examplesOf(help: string, program: string): readonly (readonly string[])[] {
  return [...help.matchAll(/^ {2}\$ (.*)$/gm)]
    .map(([, line = '']) => line.slice(line.indexOf(`${program} `) + program.length + 1))
    .map((line) => {
      const words = [...line.matchAll(/"(\$\(.*\)|[^"]*)"|'([^']*)'|[^\s"']+/g)];
      const end = words.findIndex(([word]) => /^(?:[|>&;]|2>)/.test(word));
      return (end < 0 ? words : words.slice(0, end)).map(
        ([word, double, single]) => double ?? single ?? word,
      );
    });
}

function wordsOf(path: string): readonly string[] {
  return path === '' ? [] : path.split(' ');
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
