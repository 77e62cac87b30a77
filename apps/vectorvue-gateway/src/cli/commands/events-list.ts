import { Option } from 'commander';
import { z } from 'zod';
import { EVENT_CURSOR_PARTS, listEvents } from '../../store/read/list-events.ts';
import { storeCommand } from '../command.ts';
import { defineCommand, given, pageInput, requireScope, withPaging } from '../define-option.ts';
import { EXIT } from '../exit-codes.ts';
import { moreLine, timeCursor } from '../page-input.ts';

const SEVERITIES = ['info', 'low', 'medium', 'high', 'critical'] as const;

export const eventsList = storeCommand({
  name: 'events list',
  readOnly: true,
  input: z.strictObject({ ...pageInput, severity: z.enum(SEVERITIES).optional() }),
  register: (program, submit) => {
    withPaging(
      defineCommand(program, 'events list', {
        summary: 'accepted events of a tenant, newest first',
        example: 'events list --tenant 7f3c2a10-4f5e-4c1d-9b8a-2d6e0c9a1b55 --severity critical',
      }),
    )
      .addOption(new Option('--severity <severity>', 'only this severity').choices(SEVERITIES))
      .action((options) => submit('events list', given(options), options));
  },
  run: async (context, query) => {
    const page = await listEvents(context.db, {
      scope: requireScope(query),
      severity: query.severity ?? null,
      after: timeCursor(query.after, EVENT_CURSOR_PARTS),
      limit: query.limit,
    });
    return {
      json: { events: page.rows.map((row) => ({ ...row })), next: page.next },
      table: {
        head: ['accepted', 'tenant', 'operator', 'event', 'type', 'severity', 'asset', 'fingerprint'],
        rows: page.rows.map((row) => [
          row.accepted_at,
          row.tenant_id,
          row.operator_id,
          row.event_id,
          row.event_type,
          row.severity,
          row.asset_ref ?? '-',
          fingerprintCell(row.fingerprint_verified),
        ]),
      },
      lines: page.rows.length === 0 ? ['no events'] : moreLine(page.next),
      exitCode: EXIT.ok,
    };
  },
});

function fingerprintCell(verified: boolean | null): string {
  if (verified === null) return 'not checkable';
  return verified ? 'verified' : 'MISMATCH';
}
