import { Option } from 'commander';
import { z } from 'zod';
import { type ListedAuditEntry, listAudit } from '../../store/read/list-audit.ts';
import { CommandRefused, storeCommand } from '../command.ts';
import { defineCommand, given, pageInput, requireScope, withPaging } from '../define-option.ts';
import { EXIT } from '../exit-codes.ts';
import { moreLine, sequenceCursor } from '../page-input.ts';

const CLASSES = ['decision', 'security', 'trust', 'administration', 'feedback'] as const;

export const auditList = storeCommand({
  name: 'audit list',
  readOnly: true,
  input: z.strictObject({
    ...pageInput,
    class: z.enum(CLASSES).optional(),
    request: z.guid('--request is a UUID').optional(),
  }),
  register: (program, submit) => {
    withPaging(
      defineCommand(program, 'audit list', {
        summary: 'audit entries of a tenant, of every tenant, or of one request; newest first',
        example: 'audit list --request 0199f3a0-8f1e-7c3a-9d55-2b6f0e1c4a77',
        notes: 'Entries about no tenant (trust, refusals before the mapping) are shown with --all-tenants.',
      }),
    )
      .option('--request <id>', 'the entries of this request, whoever made it')
      .addOption(new Option('--class <class>', 'only this class').choices(CLASSES))
      .action((options) => submit('audit list', given(options), options));
  },
  run: async (context, query) => {
    const page = await listAudit(context.db, {
      scope: scopeOf(query),
      class: query.class ?? null,
      after: sequenceCursor(query.after),
      limit: query.limit,
    });
    const entries = page.rows.map((row) => ({
      ...row,
      ...disclosed(row),
      recorded_at: row.recorded_at.toISOString(),
    }));
    return {
      json: { entries: entries.map(({ disclosure: _, ...entry }) => entry), next: page.next },
      table: {
        head: ['sequence', 'recorded', 'class', 'action', 'actor', 'code', 'tenant', 'subject', 'request'],
        rows: entries.map((entry) => [
          String(entry.sequence),
          entry.recorded_at,
          entry.class,
          entry.action,
          entry.actor,
          entry.pruned_by === null ? entry.code : 'pruned',
          entry.tenant_id ?? '-',
          entry.subject ?? '-',
          entry.request_id,
        ]),
      },
      lines: entries.length === 0 ? ['no entries'] : moreLine(page.next),
      exitCode: EXIT.ok,
    };
  },
});

function scopeOf(query: {
  tenant?: string | undefined;
  allTenants?: boolean | undefined;
  request?: string | undefined;
}) {
  if (query.request === undefined) return requireScope(query);
  if (query.tenant !== undefined || query.allTenants === true) {
    throw new CommandRefused('usage', '--request goes without --tenant and --all-tenants');
  }
  return { requestId: query.request.toLowerCase() };
}

/** What the entry commits to by hash and discloses beside it; null where it was erased. */
function disclosed(row: ListedAuditEntry): { subject: string | null; operator_id: string | null } {
  const value = (member: unknown): string | null =>
    typeof member === 'object' && member !== null && 'value' in member && typeof member.value === 'string'
      ? member.value
      : null;
  try {
    const disclosure = JSON.parse(row.disclosure) as { subject?: unknown; operator_id?: unknown } | null;
    return { subject: value(disclosure?.subject), operator_id: value(disclosure?.operator_id) };
  } catch {
    return { subject: null, operator_id: null };
  }
}
