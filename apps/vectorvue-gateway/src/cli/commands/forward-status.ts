import { z } from 'zod';
import { type ForwardStatus, readForwardStatus } from '../../forward/read-status.ts';
import { dateCell } from '../answer.ts';
import { storeCommand } from '../command.ts';
import { defineCommand } from '../define-option.ts';
import { EXIT } from '../exit-codes.ts';

export const forwardStatus = storeCommand({
  name: 'forward status',
  readOnly: true,
  input: z.strictObject({}),
  register: (program, submit) => {
    defineCommand(program, 'forward status', {
      summary: 'how far each destination is, how far behind, and what failed last',
      example: 'forward status --json',
      notes:
        'Exit code 1 where a destination is failing now. A destination that is no longer in the settings file keeps its cursor.',
    }).action((options) => submit('forward status', {}, options));
  },
  run: async (context) => {
    const rows = await readForwardStatus(context.db);
    const failing = rows.filter((row) => row.failing_since !== null).length;
    return {
      json: { ok: failing === 0, destinations: rows.map(toJson) },
      table: {
        head: [
          'destination',
          'next',
          'behind',
          'behind (s)',
          'acknowledged',
          'failing since',
          'last error',
          'at',
        ],
        rows: rows.map((row) => [
          row.destination,
          String(row.next_sequence),
          String(row.lag_entries),
          String(Math.round(row.lag_seconds)),
          dateCell(row.acknowledged_at),
          dateCell(row.failing_since),
          row.error_code === null ? '-' : `${row.error_code} (${row.error_detail ?? ''})`,
          dateCell(row.error_at),
        ]),
      },
      lines: rows.length === 0 ? ['nothing was ever forwarded'] : [],
      exitCode: failing === 0 ? EXIT.ok : EXIT.fault,
    };
  },
});

function toJson(row: ForwardStatus) {
  return {
    ...row,
    lag_seconds: Math.round(row.lag_seconds * 1000) / 1000,
    acknowledged_at: row.acknowledged_at?.toISOString() ?? null,
    failing_since: row.failing_since?.toISOString() ?? null,
    error_at: row.error_at?.toISOString() ?? null,
  };
}
