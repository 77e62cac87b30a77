import { NO_PROGRESS } from '@nyxera/federation-cli';
import { type Command, Option } from 'commander';
import { EXPORT_FORMAT_NAMES, type ExportFormat } from '../../audit/export-formats.ts';
import { CommandRefused, type CommonOptions } from '../command.ts';
import { commandProgress } from '../command-progress.ts';
import { defineCommand, moment, requireScope } from '../define-option.ts';
import { EXIT } from '../exit-codes.ts';
import type { CliIo } from '../io.ts';
import type { Ask, Report } from '../program.ts';
import { type ExportInput, exportPages } from './export-pages.ts';
import { type ExportSink, intoFile, streamSink, writeExport } from './write-export.ts';

interface ExportOptions extends CommonOptions {
  readonly tenant?: string;
  readonly allTenants?: boolean;
  readonly from?: string;
  readonly to?: string;
  readonly format: ExportFormat;
  readonly disclose?: boolean;
}

/** `audit export`: asks for page after page where the data is, and writes them as they come. */
export function registerAuditExport(program: Command, io: CliIo, ask: Ask, report: Report): void {
  defineCommand(program, 'audit export', {
    summary: 'entries of a tenant, or of every tenant, in order of the log: one JSON document a line',
    example:
      'audit export --tenant 7f3c2a10-4f5e-4c1d-9b8a-2d6e0c9a1b55 --from 2026-02-01T00:00:00Z --out february.jsonl',
    notes:
      'Tenants, operators and subjects are in an entry as salted commitments only; --disclose adds salt and value, for one tenant. --from is included, --to is not.',
  })
    .option('--tenant <id>', 'the entries of this tenant')
    .option('--all-tenants', 'all entries, also those of no tenant; never with --disclose')
    .option('--from <time>', 'recorded then or later (RFC 3339)', moment)
    .option('--to <time>', 'recorded before (RFC 3339)', moment)
    .addOption(
      new Option('--format <format>', 'form of the export').choices(EXPORT_FORMAT_NAMES).default('jsonl'),
    )
    .option('--disclose', 'with what the entries commit to')
    .option('--out <file>', 'write it here, which must not exist yet (default: stdout)')
    .action(async (options: ExportOptions) => {
      const input = toInput(options);
      if (options.json === true && options.out === undefined) {
        throw new CommandRefused('usage', '--json prints what was done, so the export needs --out');
      }
      const { format, from = null, to = null, tenant = null } = options;
      const heading = { kind: 'nyxera.audit-export', v: 1, tenant: tenant?.toLowerCase() ?? null, from, to };
      // An export that scrolls over the terminal shows itself how far it is.
      const bar = options.out === undefined && io.stdout.isTTY ? NO_PROGRESS : commandProgress(io);
      const work = (sink: ExportSink) =>
        writeExport(exportPages(ask, input, bar.update), format, heading, sink).finally(bar.stop);
      const count =
        options.out === undefined ? await work(streamSink(io.stdout)) : await intoFile(options.out, work);
      const line = `${count} entries exported`;
      if (options.out === undefined) {
        // The export is on stdout; what is said about it is not.
        io.stderr.write(`${line}\n`);
        return;
      }
      report({ json: { ok: true, entries: count }, lines: [line], exitCode: EXIT.ok }, options);
    });
}

function toInput({ tenant, allTenants, from, to, format, disclose }: ExportOptions): ExportInput {
  const scope = requireScope({ tenant, allTenants });
  if (scope === 'all-tenants') {
    if (disclose === true) {
      throw new CommandRefused('tenant_required', '--disclose is for one tenant: say --tenant ID');
    }
    return { allTenants: true, format, ...times(from, to) };
  }
  return { tenant: scope.tenantId, format, ...times(from, to), ...(disclose === true ? { disclose } : {}) };
}

function times(from: string | undefined, to: string | undefined): Pick<ExportInput, 'from' | 'to'> {
  return { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
}
