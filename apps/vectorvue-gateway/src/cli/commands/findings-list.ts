import { Option } from 'commander';
import { z } from 'zod';
import { FINDING_CURSOR_PARTS, listFindings } from '../../store/read/list-findings.ts';
import { storeCommand } from '../command.ts';
import { defineCommand, given, pageInput, requireScope, withPaging } from '../define-option.ts';
import { EXIT } from '../exit-codes.ts';
import { moreLine, timeCursor } from '../page-input.ts';

const STATUSES = ['open', 'triaged', 'closed', 'suppressed'] as const;

export const findingsList = storeCommand({
  name: 'findings list',
  readOnly: true,
  input: z.strictObject({ ...pageInput, status: z.enum(STATUSES).optional() }),
  register: (program, submit) => {
    withPaging(
      defineCommand(program, 'findings list', {
        summary: 'findings of a tenant, last seen first',
        example: 'findings list --tenant 7f3c2a10-4f5e-4c1d-9b8a-2d6e0c9a1b55 --status open',
      }),
    )
      .addOption(new Option('--status <status>', 'only this status').choices(STATUSES))
      .action((options) => submit('findings list', given(options), options));
  },
  run: async (context, query) => {
    const page = await listFindings(context.db, {
      scope: requireScope(query),
      status: query.status ?? null,
      after: timeCursor(query.after, FINDING_CURSOR_PARTS),
      limit: query.limit,
    });
    return {
      json: { findings: page.rows.map((row) => ({ ...row })), next: page.next },
      table: {
        head: ['last seen', 'tenant', 'operator', 'finding', 'severity', 'status', 'target', 'reason'],
        rows: page.rows.map((row) => [
          row.last_seen,
          row.tenant_id,
          row.operator_id,
          row.finding_id,
          row.severity,
          row.status,
          row.target_urn ?? row.asset_ref ?? '-',
          row.reason ?? '-',
        ]),
      },
      lines: page.rows.length === 0 ? ['no findings'] : moreLine(page.next),
      exitCode: EXIT.ok,
    };
  },
});
