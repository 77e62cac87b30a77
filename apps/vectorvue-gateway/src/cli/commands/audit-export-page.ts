import { z } from 'zod';
import { exportEntries } from '../../audit/export-entries.ts';
import { EXPORT_FORMAT_NAMES } from '../../audit/export-formats.ts';
import { storeCommand } from '../command.ts';
import { requireScope } from '../define-option.ts';
import { EXIT } from '../exit-codes.ts';

const index = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

/** A page of `audit export`, made where the data is. Not a command of its own: the export asks for one after the other. */
export const auditExportPage = storeCommand({
  name: 'audit export-page',
  readOnly: true,
  input: z.strictObject({
    tenant: z.string().max(64).optional(),
    allTenants: z.boolean().optional(),
    format: z.enum(EXPORT_FORMAT_NAMES).default('jsonl'),
    disclose: z.boolean().default(false),
    from: z.iso.datetime().nullable().default(null),
    to: z.iso.datetime().nullable().default(null),
    after: index.default(0),
    below: index.nullable().default(null),
  }),
  register: () => undefined,
  run: async (context, { tenant, allTenants, ...query }) => {
    const page = await exportEntries(context.db, { scope: requireScope({ tenant, allTenants }), ...query });
    return { json: { ...page, lines: [...page.lines] }, lines: [], exitCode: EXIT.ok };
  },
});
