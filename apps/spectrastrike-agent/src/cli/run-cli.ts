import { describeBuild, escapeLines, kidsAsArguments } from '@nyxera/federation-cli';
import { Command, CommanderError } from 'commander';
import { agentBuild } from './agent-version.ts';
import type { CliContext } from './cli-context.ts';
import { addCommand, type CommandSpec, type Execute, type Options } from './command.ts';
import { GROUPS, TOP_LEVEL } from './commands.ts';
import { completion } from './completion.ts';
import { EXIT_CODES_HELP, EXIT_OK, EXIT_USAGE } from './exit-codes.ts';
import { printResult, reportFault, reportUsage } from './print-result.ts';
import { quietContext } from './quiet-context.ts';

/** Runs one command line to its end and returns the exit code. Never throws, never calls process.exit. */
export async function runCommandLine(argv: readonly string[], context: CliContext): Promise<number> {
  let exitCode: number = EXIT_OK;
  const execute: Execute = async (spec, args, options) => {
    exitCode = await executeCommand(context, spec, args, options);
  };
  try {
    await buildProgram(context, execute).parseAsync([...kidsAsArguments(argv)], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return EXIT_OK;
    // Commander has written the sentence; what was asked for as JSON gets that, too.
    if (argv.includes('--json')) reportUsage(context, error);
    return EXIT_USAGE;
  }
}

/** The whole command line as commander has it; also what completion and the test of all commands are made from. */
export function buildProgram(context: CliContext, execute: Execute): Command {
  const program = configure(new Command('spectrastrike-agent'), context)
    .description('Spools scanner reports, delivers them signed, and takes verified feedback back.')
    .version(
      describeBuild('spectrastrike-agent', agentBuild()),
      '-V, --version',
      'the version and its commit',
    )
    .addHelpText(
      'after',
      `\nEvery command has --help with an example, --json and --quiet.\n\n${EXIT_CODES_HELP}\n\nFirst steps: spectrastrike-agent init --help`,
    );
  for (const spec of TOP_LEVEL) addCommand(program, spec, execute);
  for (const group of GROUPS) {
    const parent = program.command(group.name).summary(group.summary).description(group.summary);
    for (const spec of group.commands) addCommand(parent, spec, execute);
  }
  addCommand(
    program,
    completion(() => program),
    execute,
  );
  return program;
}

/** Settings that commander hands on to the commands declared below it. */
function configure(program: Command, context: CliContext): Command {
  return program
    .exitOverride()
    .showHelpAfterError('(add --help for the options and an example)')
    .configureOutput({
      writeOut: (message) => context.stdout.write(message),
      // Commander quotes the command line, which may have been pasted from somewhere hostile.
      writeErr: (message) => context.stderr.write(escapeLines(message)),
    });
}

async function executeCommand(
  context: CliContext,
  spec: CommandSpec,
  args: readonly string[],
  options: Options,
): Promise<number> {
  const manner = { json: options.json === true, quiet: options.quiet === true };
  const quiet = manner.quiet ? quietContext(context) : null;
  try {
    const result = await spec.run(quiet?.context ?? context, args, options);
    if (quiet !== null && result.exitCode !== EXIT_OK) context.stderr.write(quiet.said());
    printResult(context, result, manner);
    return result.exitCode;
  } catch (error) {
    if (quiet !== null) context.stderr.write(quiet.said());
    return reportFault(context, error, manner.json);
  }
}
