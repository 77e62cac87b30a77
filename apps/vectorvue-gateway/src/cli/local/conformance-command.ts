import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { CAMPAIGN_PREFIX, createLab } from '../../conformance/lab.ts';
import { tally, toJUnit } from '../../conformance/report-cases.ts';
import { allCases, type JudgedCase, runCases, unproven } from '../../conformance/run-cases.ts';
import { CommandRefused, type CommandResult } from '../command.ts';
import { defineCommand } from '../define-option.ts';
import { EXIT } from '../exit-codes.ts';
import type { CliIo } from '../io.ts';
import { collect } from '../log-key-options.ts';
import type { Report } from '../program.ts';
import { type ConformanceOptions, openConformance } from './open-conformance.ts';

const NOTES = `The target must know the identity (certificate pinned, telemetry key, operator mapped to the tenant): give it a test
identity and a tenant of its own, because what is accepted stays in its store. Everything sent is of campaign
${CAMPAIGN_PREFIX}<run>, severity info. Its rate limit should allow 120 events a minute.
Optional: --evidence-key (bundles), --feedback-key (signatures of feedback), --narrow-key (a key that may not vouch for the
tenant), --forbidden-operator and --forbidden-tenant (mapped, but not for this identity). Without them those cases are skipped.
Exit code 1 when a case failed.`;

/** `conformance --target URL`: the protocol's cases against any gateway, one by one. */
export function registerConformance(program: Command, io: CliIo, report: Report): void {
  defineCommand(program, 'conformance', {
    summary: 'try the rules of the protocol against a gateway, whoever wrote it',
    example:
      'conformance --target https://gateway.example:8443 --identity conformance --operator op-test --tenant 1000…000a --cert c.crt --key c.key --ca ca.crt --signing-key telemetry.key --yes',
    notes: NOTES,
  })
    .requiredOption('--target <url>', 'https URL of the gateway')
    .requiredOption('--identity <name>', 'service identity that the target knows')
    .requiredOption('--operator <id>', 'operator that is mapped to the tenant')
    .requiredOption('--tenant <uuid>', 'a tenant for tests')
    .requiredOption('--cert <file>', 'client certificate, PEM')
    .requiredOption('--key <file>', 'its private key, PEM')
    .requiredOption('--ca <file>', 'CA of the target, PEM')
    .requiredOption('--signing-key <key>', 'telemetry key: file or signer URI')
    .option('--evidence-key <key>', 'evidence key: file or signer URI')
    .option('--narrow-key <key>', 'telemetry key that may not vouch for the tenant')
    .option(
      '--feedback-key <kid=key>',
      'feedback key of the target: kid=base64 or kid=file; repeatable',
      collect,
    )
    .option('--forbidden-operator <id>', 'operator for which the identity may not speak')
    .option('--forbidden-tenant <uuid>', 'tenant of that operator')
    .option(
      '--server-name <name>',
      'name in the certificate of the target, where it is not the host of the URL',
    )
    .option('--schema-version <version>', 'that the target allows', '1.0')
    .option('--only <prefix>', 'only the cases whose id begins so; repeatable', collect)
    .option('--status-only', 'judge by the status alone, for peers whose errors have other bodies')
    .option('--junit <file>', 'write JUnit XML there')
    .option('--yes', 'send it: the tenant is for tests')
    .action(async (options: ConformanceOptions) => report(await conformance(io, options), options));
}

async function conformance(io: CliIo, options: ConformanceOptions): Promise<CommandResult> {
  const only = options.only ?? [''];
  const cases = allCases().filter(({ id }) => only.some((prefix) => id.startsWith(prefix)));
  if (cases.length === 0) throw new CommandRefused('usage', 'no case has such an id');
  await using opened = await openConformance(options);
  if (options.yes !== true) {
    return {
      json: { ok: false, sent: 0, cases: cases.map(({ id, section, about }) => ({ id, section, about })) },
      lines: [
        `${cases.length} cases would be sent to ${opened.origin} as ${options.identity}, into tenant ${options.tenant}; some events would stay there`,
        'nothing was sent: repeat with --yes if that tenant is for tests',
      ],
      exitCode: EXIT.refused,
    };
  }
  const lab = createLab({
    target: opened.target,
    who: opened.who,
    statusOnly: options.statusOnly === true,
    nowMs: () => io.now(),
    randomBytes: (size) => randomBytes(size),
  });
  const judged = await runCases(
    lab,
    cases,
    () => performance.now(),
    (done) => {
      if (io.stderr.isTTY) io.stderr.write(`\r\u001b[2K${done.finding.result} ${done.id}`);
    },
  );
  if (io.stderr.isTTY) io.stderr.write('\r\u001b[2K');
  if (options.junit !== undefined) writeFileSync(options.junit, toJUnit(opened.origin, judged));
  return toResult(opened.origin, lab.runId, judged);
}

function toResult(target: string, runId: string, judged: readonly JudgedCase[]): CommandResult {
  const { passed, failed, skipped } = tally(judged);
  const open = unproven(judged);
  return {
    json: {
      ok: failed === 0,
      target,
      run: runId,
      passed,
      failed,
      skipped,
      cases: judged.map(({ id, section, about, finding, milliseconds }) => ({
        id,
        section,
        about,
        milliseconds,
        ...finding,
      })),
      unproven: open.map((one) => ({ ...one })),
    },
    table: {
      head: ['result', 'case', 'section', 'what'],
      rows: judged.map(({ id, section, about, finding }) => [
        finding.result,
        id,
        section,
        finding.result === 'failed'
          ? `${about}: expected ${finding.expected}, got ${finding.got}`
          : finding.result === 'skipped'
            ? `${about}: ${finding.reason}`
            : about,
      ]),
    },
    lines: [
      ...open.map(({ code, reason }) => `not proven: ${code} (${reason})`),
      `${passed} passed, ${failed} failed, ${skipped} skipped; what was accepted is of campaign ${CAMPAIGN_PREFIX}${runId}`,
    ],
    exitCode: failed === 0 ? EXIT.ok : EXIT.fault,
  };
}
