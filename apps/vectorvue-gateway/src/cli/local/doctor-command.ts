import type { Command } from 'commander';
import { withConfigFile } from '../../config/config-file.ts';
import { gatewayBuild } from '../../version.ts';
import type { CommandResult } from '../command.ts';
import { defineCommand } from '../define-option.ts';
import { EXIT } from '../exit-codes.ts';
import type { CliIo } from '../io.ts';
import type { Report } from '../program.ts';
import { checkCertificate } from './check-certificate.ts';
import { checkConfiguration } from './check-configuration.ts';
import { checkDataDirectory } from './check-data-directory.ts';
import { checkDatabase } from './check-database.ts';
import { checkFiles } from './check-files.ts';
import { checkForwarding } from './check-forwarding.ts';
import { checkKeptSigners } from './check-kept-signers.ts';
import { checkKeys } from './check-keys.ts';
import { checkListeners } from './check-listeners.ts';

/** One thing that was looked at. `advice` says what to do; it is empty where nothing is. */
export interface Check {
  readonly name: string;
  readonly status: 'ok' | 'warning' | 'fault' | 'skipped';
  readonly found: string;
  readonly advice: string;
}

export const ok = (name: string, found: string): Check => ({ name, status: 'ok', found, advice: '' });
export const warning = (name: string, found: string, advice: string): Check => ({
  name,
  status: 'warning',
  found,
  advice,
});
export const faulty = (name: string, found: string, advice: string): Check => ({
  name,
  status: 'fault',
  found,
  advice,
});
export const skipped = (name: string, found: string): Check => ({
  name,
  status: 'skipped',
  found,
  advice: '',
});

/** `doctor`: looks at everything that `serve` will need, and says what to do about what is wrong. */
export function registerDoctor(program: Command, io: CliIo, report: Report): void {
  defineCommand(program, 'doctor', {
    summary:
      'check configuration, files, certificate, keys, database, clock, forwarding and listeners, and say what to do',
    example: 'doctor',
    notes: 'Exit code 1 where something would keep the gateway from working; warnings alone end with 0.',
  }).action(async (options) => report(await examine(io), options));
}

/** Every check is made whatever the others found: an operator wants the whole list at once. */
async function examine(io: CliIo): Promise<CommandResult> {
  const { variables } = withConfigFile(io.environment);
  const checks: Check[] = [
    ...(await checkConfiguration(io)),
    ...checkFiles(variables),
    ...checkCertificate(variables, io.now()),
    ...(await checkKeys(variables)),
    ...(await checkKeptSigners(io)),
    ...checkDataDirectory(io),
    ...(await checkDatabase(io)),
    ...(await checkForwarding(io)),
    ...(await checkListeners(variables)),
  ];
  const faults = checks.filter((check) => check.status === 'fault').length;
  const warnings = checks.filter((check) => check.status === 'warning').length;
  return {
    json: {
      ok: faults === 0,
      ...gatewayBuild(),
      faults,
      warnings,
      checks: checks.map((check) => ({ ...check })),
    },
    table: {
      head: ['check', 'status', 'found', 'what to do'],
      rows: checks.map((check) => [
        check.name,
        check.status,
        check.found,
        check.advice === '' ? '-' : check.advice,
      ]),
    },
    lines: [faults === 0 ? `no fault, ${warnings} warning(s)` : `${faults} fault(s), ${warnings} warning(s)`],
    exitCode: faults === 0 ? EXIT.ok : EXIT.fault,
  };
}
