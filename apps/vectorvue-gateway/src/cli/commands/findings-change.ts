import { z } from 'zod';
import { done } from '../answer.ts';
import { changeFinding, type FindingStep } from '../change-finding.ts';
import { CommandRefused, type StoreCommand, storeCommand } from '../command.ts';
import { defineCommand, given, requireTenantForm } from '../define-option.ts';

const input = z.strictObject({
  finding: z.string().max(256),
  tenant: z.string().max(64),
  operator: z.string().max(512).optional(),
  reason: z.string().max(1024).optional(),
});

function changeCommand(step: FindingStep, summary: string): StoreCommand {
  const name = `findings ${step}`;
  return storeCommand({
    name,
    input,
    register: (program, submit) => {
      defineCommand(program, name, {
        arguments: '<finding>',
        summary,
        example: `${name} fnd-nmap-0a1b… --tenant 7f3c2a10-4f5e-4c1d-9b8a-2d6e0c9a1b55 --reason "patched"`,
      })
        .requiredOption('--tenant <id>', 'the tenant of the finding')
        .option('--operator <id>', 'needed where two operators of the tenant have the same finding id')
        .option('--reason <text>', 'why; goes to the audit log (required)')
        .action((finding: string, options) => submit(name, { finding, ...given(options) }, options));
    },
    run: async (context, { finding, tenant, operator = null, reason }) => {
      if (reason === undefined || reason.trim() === '') {
        throw new CommandRefused('reason_required', 'say why: --reason "…"');
      }
      const key = { tenantId: requireTenantForm(tenant), findingId: finding, operatorId: operator };
      const author = { actor: context.actor, reason, nowMs: context.now() };
      const result = await changeFinding(context.db, author, key, step);
      const lapsed =
        result.withdrawn === 0 ? '' : `; ${result.withdrawn} adjustment(s) that it caused are withdrawn`;
      return done(`${finding} is ${result.status}${lapsed}`, {
        finding_id: finding,
        tenant_id: key.tenantId,
        operator_id: result.operatorId,
        status: result.status,
        withdrawn: result.withdrawn,
      });
    },
  });
}

export const findingsClose = changeCommand('close', 'close a finding; what it caused lapses');
export const findingsSuppress = changeCommand('suppress', 'suppress a finding; what it caused lapses');
export const findingsReopen = changeCommand('reopen', 'reopen a closed or suppressed finding');
