import { errnoCode, escapeText, screenOf } from '@nyxera/federation-cli';
import type { CommanderError } from 'commander';
import { StateFault } from '../state/state-fault.ts';
import type { CliContext } from './cli-context.ts';
import { CliFault, describeFault } from './cli-fault.ts';
import type { CommandResult } from './command-result.ts';
import { EXIT_CONFIG, EXIT_FAULT, EXIT_OK } from './exit-codes.ts';
import { renderBlocks } from './render.ts';

export interface Manner {
  readonly json: boolean;
  readonly quiet: boolean;
}

/** The answer on standard output; with `--quiet` only where not everything was done, and on standard error. */
export function printResult(context: CliContext, result: CommandResult, { json, quiet }: Manner): void {
  if (json) {
    for (const line of result.json) context.stdout.write(`${JSON.stringify(line)}\n`);
    return;
  }
  if (quiet && result.exitCode === EXIT_OK) return;
  const stream = quiet ? context.stderr : context.stdout;
  stream.write(renderBlocks(result.blocks, screenOf(stream, context.environment)));
}

/** A sentence on standard error, and with `--json` a document on standard output. Returns the exit code. */
export function reportFault(context: CliContext, error: unknown, json: boolean): number {
  if (error instanceof CliFault) {
    context.stderr.write(`spectrastrike-agent: ${escapeText(error.message)}\n`);
    for (const fault of error.faults) {
      context.stderr.write(`  ${escapeText(fault.variable)} ${escapeText(describeFault(fault))}\n`);
    }
    if (json) {
      const code = codeOf(error.exitCode);
      const faults = error.faults.map(({ variable, problem, code }) => ({ variable, problem, code }));
      context.stdout.write(`${JSON.stringify({ error: error.message, code, faults })}\n`);
    }
    return error.exitCode;
  }
  const code = error instanceof StateFault ? error.code : (errnoCode(error) ?? 'internal_error');
  const message = error instanceof Error ? error.message : 'unknown error';
  context.stderr.write(`spectrastrike-agent: ${code}: ${escapeText(message)}\n`);
  if (json) context.stdout.write(`${JSON.stringify({ error: message, code })}\n`);
  return EXIT_FAULT;
}

/** A command line that commander does not take, as a document; its suggestion is a part of the sentence. */
export function reportUsage(context: CliContext, error: CommanderError): void {
  const message =
    error.code === 'commander.help'
      ? 'say which command; see --help'
      : error.message.replace(/^error: /, '').replaceAll('\n', ' ');
  context.stdout.write(`${JSON.stringify({ error: message, code: 'usage' })}\n`);
}

function codeOf(exitCode: number): string {
  if (exitCode === EXIT_CONFIG) return 'configuration';
  return exitCode === EXIT_FAULT ? 'fault' : 'refused';
}
