import { errnoCode, escapeLines, escapeText, screenOf } from '@nyxera/federation-cli';
import { Command, CommanderError } from 'commander';
import { StateFault } from '../state/state-fault.ts';
import { agentVersion } from './agent-version.ts';
import type { CliContext } from './cli-context.ts';
import { CliFault, describeFault } from './cli-fault.ts';
import { addCommand, type CommandSpec, type Execute, type Options } from './command.ts';
import { GROUPS, TOP_LEVEL } from './commands.ts';
import { EXIT_CODES_HELP, EXIT_FAULT, EXIT_OK, EXIT_USAGE } from './exit-codes.ts';
import { renderBlocks } from './render.ts';

/** Runs one command line to its end and returns the exit code. Never throws, never calls process.exit. */
export async function runCommandLine(argv: readonly string[], context: CliContext): Promise<number> {
  let exitCode: number = EXIT_OK;
  const execute: Execute = async (spec, args, options) => {
    exitCode = await executeCommand(context, spec, args, options);
  };
  try {
    await buildProgram(context, execute).parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_OK : EXIT_USAGE;
    throw error;
  }
}

function buildProgram(context: CliContext, execute: Execute): Command {
  const program = configure(new Command('spectrastrike-agent'), context)
    .description('Spools scanner reports, delivers them signed, and takes verified feedback back.')
    .version(agentVersion(), '-V, --version')
    .addHelpText('after', `\n${EXIT_CODES_HELP}\n\nFirst steps: spectrastrike-agent init --help`);
  for (const spec of TOP_LEVEL) addCommand(program, spec, execute);
  for (const group of GROUPS) {
    const parent = program.command(group.name).summary(group.summary).description(group.summary);
    for (const spec of group.commands) addCommand(parent, spec, execute);
  }
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
  const json = options.json === true;
  try {
    const result = await spec.run(context, args, options);
    if (json) for (const line of result.json) context.stdout.write(`${JSON.stringify(line)}\n`);
    else context.stdout.write(renderBlocks(result.blocks, screenOf(context.stdout, context.environment)));
    return result.exitCode;
  } catch (error) {
    return reportFault(context, error, json);
  }
}

function reportFault(context: CliContext, error: unknown, json: boolean): number {
  if (error instanceof CliFault) {
    context.stderr.write(`spectrastrike-agent: ${escapeText(error.message)}\n`);
    for (const fault of error.faults) {
      context.stderr.write(`  ${escapeText(fault.variable)} ${escapeText(describeFault(fault))}\n`);
    }
    if (json) {
      const faults = error.faults.map(({ variable, problem, code }) => ({ variable, problem, code }));
      context.stdout.write(`${JSON.stringify({ error: error.message, faults })}\n`);
    }
    return error.exitCode;
  }
  const code = error instanceof StateFault ? error.code : (errnoCode(error) ?? 'internal_error');
  const message = error instanceof Error ? error.message : 'unknown error';
  context.stderr.write(`spectrastrike-agent: ${code}: ${escapeText(message)}\n`);
  if (json) context.stdout.write(`${JSON.stringify({ error: message, code })}\n`);
  return EXIT_FAULT;
}
