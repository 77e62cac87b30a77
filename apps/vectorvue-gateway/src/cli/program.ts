import { userInfo } from 'node:os';
import { describeBuild, kidsAsArguments } from '@nyxera/federation-cli';
import { Command, CommanderError } from 'commander';
import { describeFaults, loadStoreSettings, processEnvironment } from '../config.ts';
import { gatewayBuild } from '../version.ts';
import type { CommandResult, CommonOptions, JsonLike, Submit } from './command.ts';
import { ConfigurationFaults } from './configuration-faults.ts';
import { describeFault } from './describe-fault.ts';
import { EXIT, EXIT_CODES_HELP } from './exit-codes.ts';
import type { CliIo } from './io.ts';
import { registerAuditEvidence } from './local/audit-evidence.ts';
import { registerAuditExport } from './local/audit-export.ts';
import { registerAuditSeal } from './local/audit-seal.ts';
import { registerCertsRenew } from './local/certs-renew.ts';
import { registerCompletion } from './local/completion.ts';
import { registerConformance } from './local/conformance-command.ts';
import { registerConsistency } from './local/consistency.ts';
import { registerDoctor } from './local/doctor-command.ts';
import { registerEvidenceVerify } from './local/evidence-verify.ts';
import { registerForwardList } from './local/forward-list.ts';
import { registerForwardTest } from './local/forward-test.ts';
import { registerMigrate } from './local/migrate-command.ts';
import { registerOpenApi } from './local/openapi-command.ts';
import { registerRestore } from './local/restore-command.ts';
import { registerRulesShow } from './local/rules-show.ts';
import { registerServe } from './local/serve-entry.ts';
import { registerVerifyProof } from './local/verify-proof.ts';
import { printFailure, printResult } from './print-result.ts';
import { quietIo } from './quiet-io.ts';
import { reserveFile } from './reserve-file.ts';
import { runStoreCommand } from './run-store-command.ts';
import { findStoreCommand, STORE_COMMANDS } from './store-commands.ts';

/** Runs one command line; resolves with the exit code. Nothing is thrown for a fault of the user, store or network. */
export async function runProgram(argv: readonly string[], given: CliIo = ioOfThisProcess()): Promise<number> {
  const quiet = quietIo(given);
  const { io } = quiet;
  const json = argv.includes('--json');
  let exitCode: number = EXIT.ok;
  const report = (result: CommandResult, options: CommonOptions): void => {
    if (result.exitCode !== EXIT.ok) quiet.tell();
    printResult(given, result, {
      json: options.json === true,
      quiet: options.quiet === true,
      fileIsWritten: options.out !== undefined,
    });
    exitCode = result.exitCode;
  };
  const submit: Submit = async (name, input, options) => {
    const out = options.out === undefined ? null : reserveFile(options.out);
    let content: string | undefined;
    try {
      const result = await callStore(io, name, input);
      content = result.file;
      report(result, options);
    } finally {
      out?.finish(content);
    }
  };
  const ask: Ask = (name, input) => callStore(io, name, input);
  const program = buildProgram(io, submit, ask, report, (code) => {
    exitCode = code;
  });
  program.hook('preAction', (_program, command) => {
    if (command.opts().quiet === true) quiet.hush();
  });
  try {
    await program.parseAsync([...kidsAsArguments(argv)], { from: 'user' });
    return exitCode;
  } catch (fault) {
    quiet.tell();
    return reportFault(given, fault, json);
  }
}

/** Runs a command of the store where the data is; for a local command that puts many answers together. */
export type Ask = (name: string, input: JsonLike) => Promise<CommandResult>;

/** Prints what a local command answers with. */
export type Report = (result: CommandResult, options: CommonOptions) => void;

/** The whole command line as commander has it; also what the test of all commands is made from. */
export function buildProgram(
  io: CliIo,
  submit: Submit,
  ask: Ask,
  report: Report,
  end: (code: number) => void,
): Command {
  const program = new Command('vectorvue-gateway')
    .description(
      'The VectorVue federation gateway: accepts signed telemetry over mutual TLS and answers with signed feedback.',
    )
    .version(
      describeBuild('vectorvue-gateway', gatewayBuild()),
      '-V, --version',
      'the version and its commit',
    )
    // "console" is a command with commands below it: what stands behind one of those is its own.
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      // Errors are printed once, by reportFault.
      writeErr: () => undefined,
      outputError: () => undefined,
    })
    .showSuggestionAfterError(true)
    .addHelpText(
      'after',
      `\nEvery command has --help with an example, --json and --quiet.\nExample:\n  $ vectorvue-gateway doctor\n\n${EXIT_CODES_HELP}`,
    );
  registerServe(program, io, end);
  registerMigrate(program, io, report);
  registerDoctor(program, io, report);
  registerCertsRenew(program, io, report);
  for (const command of STORE_COMMANDS) command.register(program, submit, io);
  registerEvidenceVerify(program, io, ask, report);
  registerAuditExport(program, io, ask, report);
  registerAuditEvidence(program, io, ask, report);
  registerAuditSeal(program, report);
  registerVerifyProof(program, report);
  registerConsistency(program, report);
  registerRulesShow(program, io, report);
  registerForwardList(program, io, report);
  registerForwardTest(program, io, report);
  registerRestore(program, io, report);
  registerOpenApi(program, io);
  registerConformance(program, io, report);
  registerCompletion(program, report);
  inheritSettings(program);
  return program;
}

/** commander hands exitOverride and the output down only to commands that are made after; said once more for groups. */
function inheritSettings(command: Command): void {
  for (const child of command.commands) {
    child.copyInheritedSettings(command);
    inheritSettings(child);
  }
}

async function callStore(io: CliIo, name: string, input: JsonLike): Promise<CommandResult> {
  const command = findStoreCommand(name);
  if (command === null) throw new Error(`no command ${name}`);
  const store = loadStoreSettings(io.environment);
  if (!store.ok) throw new ConfigurationFaults(store.faults);
  return runStoreCommand(io, store.value, command, input);
}

function reportFault(io: CliIo, fault: unknown, json: boolean): number {
  if (fault instanceof CommanderError) {
    // Help and version were asked for and are printed already.
    if (fault.exitCode === 0) return EXIT.ok;
    // A group without a command prints its help; that is a usage fault like the others.
    const message =
      fault.code === 'commander.help'
        ? 'say which command; see --help'
        : fault.message.replace(/^error: /, '').replaceAll('\n', ' ');
    printFailure(io, { code: 'usage', message }, json);
    return EXIT.refused;
  }
  if (fault instanceof ConfigurationFaults) {
    const details = fault.faults.map(({ variable, problem }) => ({ variable, problem }));
    const message = `the configuration is not usable\n${describeFaults(fault.faults).trimEnd()}`;
    printFailure(io, { code: 'configuration', message, details }, json);
    return EXIT.configuration;
  }
  const described = describeFault(fault);
  printFailure(io, described, json);
  return described.exitCode;
}

function ioOfThisProcess(): CliIo {
  // Whoever reads our output may stop early (`| head`); that is no fault of the command.
  process.stdout.on('error', (fault: NodeJS.ErrnoException) => {
    if (fault.code !== 'EPIPE') throw fault;
  });
  return {
    environment: processEnvironment(),
    stdout: {
      isTTY: process.stdout.isTTY === true,
      columns: process.stdout.columns,
      write: (text) => void process.stdout.write(text),
      drained: () => drained(process.stdout),
    },
    stderr: { isTTY: process.stderr.isTTY === true, write: (text) => void process.stderr.write(text) },
    now: () => Date.now(),
    actor: `cli:${loginName()}`,
  };
}

/** Also where the reader has gone away: then there is nobody to wait for. */
function drained(stream: NodeJS.WriteStream): Promise<void> {
  if (!stream.writableNeedDrain) return Promise.resolve();
  return new Promise((resolve) => {
    const end = (): void => {
      stream.off('drain', end).off('close', end).off('error', end);
      resolve();
    };
    stream.on('drain', end).on('close', end).on('error', end);
  });
}

/** For the audit log. A container may run under a user that has no name. */
function loginName(): string {
  try {
    const name = userInfo().username;
    if (/^[\x21-\x7e]{1,64}$/.test(name)) return name;
  } catch {
    // Fall through to the number.
  }
  return `uid-${process.getuid?.() ?? 'unknown'}`;
}
