import { randomBytes, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  expiryOf,
  leadsTo,
  nextFiles,
  parseDays,
  pinOf,
  type RenewalState,
  readCertificates,
  renewPair,
  runCommand,
  switchPair,
} from '@nyxera/federation-certificates';
import { type Command, InvalidArgumentError } from 'commander';
import { SECRETS, withConfigFile } from '../../config/config-file.ts';
import type { Variables } from '../../config/settings.ts';
import { CommandRefused, type CommandResult } from '../command.ts';
import { ConfigurationFaults } from '../configuration-faults.ts';
import { defineCommand } from '../define-option.ts';
import { EXIT } from '../exit-codes.ts';
import type { CliIo } from '../io.ts';
import type { Report } from '../program.ts';

const CERT = 'VV_SERVICE_IDENTITY_CERT_PATH';
const KEY = 'VV_SERVICE_IDENTITY_KEY_PATH';
const CA = 'VV_SERVICE_IDENTITY_CA_PATH';
const DEFAULT_BEFORE = '30d';

interface RenewOptions {
  readonly exec: string;
  readonly before?: number;
  readonly confirmed?: boolean;
  readonly confirmExec?: string;
  readonly ca?: string;
  readonly json?: boolean;
}

/**
 * `certs renew`: a new key and certificate some days before the present one ends. The new one waits beside the present
 * one until the agents have pinned it, for who pins a certificate refuses any other (PROTOCOL.md section 1). Nothing on
 * the wire says so: an operator does, or a command of theirs.
 */
export function registerCertsRenew(program: Command, io: CliIo, report: Report): void {
  defineCommand(program, 'certs renew', {
    summary:
      'renew the server certificate before it ends: key and request here, certificate from a command of yours',
    example: 'certs renew --exec "step ca sign /dev/stdin /dev/stdout" --before 30d',
    notes:
      'Made to be run every day. Without --confirmed a new certificate is only staged (exit code 2): publish its pin (peer add writes it, the agents take it with peer pin --next), then run it again with --confirmed. A running gateway takes the new files by itself.',
  })
    .requiredOption(
      '--exec <command>',
      'gets the request (PKCS#10, PEM) on stdin, answers with the chain on stdout',
    )
    .option('--before <time>', `how long before the end, as 30d or 12h (default ${DEFAULT_BEFORE})`, days)
    .option('--confirmed', 'every agent has pinned the staged certificate, or pins none: switch to it')
    .option('--confirm-exec <command>', 'gets the staged pin on stdin; exit code 0 is as good as --confirmed')
    .option('--ca <file>', `the CA of the server certificate, where ${CA} is another`)
    .action(async (options: RenewOptions) => report(await renew(io, options), options));
}

async function renew(io: CliIo, options: RenewOptions): Promise<CommandResult> {
  const { variables } = withConfigFile(io.environment);
  const files = { certFile: required(variables, CERT), keyFile: required(variables, KEY) };
  const authorities = readAuthorities(
    options.ca ?? required(variables, CA),
    options.ca === undefined ? CA : '--ca',
  );
  const run = (command: string, input: string) =>
    runCommand({
      command,
      input,
      environment: Object.fromEntries(
        Object.entries(io.environment).filter(([name]) => !SECRETS.includes(name)),
      ),
      onStderr: (text) => io.stderr.write(text),
    });
  const renewed = await renewPair({
    files,
    use: 'server',
    subject: null,
    authorities,
    beforeMs: options.before ?? days(DEFAULT_BEFORE),
    now: () => io.now(),
    unique: randomBytes(6).toString('hex'),
    ask: (csrPem) => run(options.exec, csrPem),
  });
  if (!renewed.ok) {
    throw new CommandRefused(
      renewed.code,
      `${renewed.detail}; nothing was changed${hint(renewed.code, files.certFile, authorities)}`,
    );
  }
  const state = renewed.value;
  if (state.state === 'not_due') return notDue(state);
  const { confirmExec } = options;
  // A word that was given before this certificate existed is about another one: nobody can have pinned it.
  const isConfirmed =
    (options.confirmed === true && !state.isNew) ||
    (confirmExec !== undefined && (await run(confirmExec, `${state.nextSha256}\n`)).ok);
  if (!isConfirmed) return waiting(state, nextFiles(files).certFile);
  const switched = switchPair(files, state.nextSha256);
  if (!switched.ok) throw new CommandRefused(switched.code, switched.detail);
  return {
    json: { ok: true, state: 'switched', sha256: state.nextSha256, not_after: endOf(state.next) },
    lines: [
      `the certificate is now ${state.nextSha256}, until ${endOf(state.next)}`,
      'a running gateway takes it by itself; the agents may drop the pin of the old one:',
      `  spectrastrike-agent peer unpin ${pinOf(state.present)}`,
    ],
    exitCode: EXIT.ok,
  };
}

function notDue({ present, finished }: Extract<RenewalState, { state: 'not_due' }>): CommandResult {
  const sha256 = pinOf(present);
  return {
    json: { ok: true, state: finished ? 'switched' : 'not_due', sha256, not_after: endOf(present) },
    lines: [
      finished
        ? `a switch that had been cut in two is complete: the certificate is ${sha256}`
        : `not due: the certificate lasts until ${endOf(present)}`,
    ],
    exitCode: EXIT.ok,
  };
}

function waiting(state: Extract<RenewalState, { state: 'staged' }>, path: string): CommandResult {
  const { nextSha256, next, isNew } = state;
  return {
    json: { ok: false, state: 'staged', next_sha256: nextSha256, not_after: endOf(next), is_new: isNew },
    lines: [
      `${isNew ? 'a new certificate is staged' : 'the staged certificate still waits'} at ${path}, until ${endOf(next)}`,
      'it is not in use. On every agent that pins this gateway:',
      `  spectrastrike-agent peer pin ${nextSha256} --next`,
      'then run this again with --confirmed',
    ],
    exitCode: EXIT.refused,
  };
}

function hint(code: string, certFile: string, authorities: readonly X509Certificate[]): string {
  if (code !== 'chain_untrusted') return '';
  const present = new X509Certificate(readFileSync(certFile));
  return leadsTo(present, [], authorities)
    ? ''
    : '. The present certificate is of another CA, too: name it with --ca';
}

function readAuthorities(path: string, name: string): readonly X509Certificate[] {
  try {
    const read = readCertificates(readFileSync(path, 'utf8'));
    if (read.ok) return read.value;
    throw new ConfigurationFaults([{ variable: name, problem: read.detail }]);
  } catch (fault) {
    if (fault instanceof ConfigurationFaults) throw fault;
    throw new ConfigurationFaults([{ variable: name, problem: 'names a file that cannot be read' }]);
  }
}

function required(variables: Variables, name: string): string {
  const path = variables[name]?.trim();
  if (path !== undefined && path !== '') return path;
  throw new ConfigurationFaults([{ variable: name, problem: 'is required' }]);
}

function endOf(certificate: X509Certificate): string {
  return new Date(expiryOf(certificate)).toISOString();
}

function days(text: string): number {
  const parsed = parseDays(text);
  if (parsed === null) throw new InvalidArgumentError('write a time as 30d, 12h or 90m');
  return parsed;
}
