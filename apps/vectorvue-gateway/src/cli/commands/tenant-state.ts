import { z } from 'zod';
import type { TenantState } from '../../trust/trust-snapshot.ts';
import { changeTenantState } from '../../trust/trust-store.ts';
import { authorOf, changed, done } from '../answer.ts';
import { type StoreCommand, storeCommand } from '../command.ts';
import { defineCommand, given } from '../define-option.ts';

const input = z.strictObject({ tenant: z.string().max(64), reason: z.string().max(1024).optional() });

/** `tenant suspend` and `tenant resume` differ in one word. */
function stateCommand(word: 'suspend' | 'resume', state: TenantState, summary: string): StoreCommand {
  const name = `tenant ${word}`;
  return storeCommand({
    name,
    input,
    register: (program, submit) => {
      defineCommand(program, name, {
        arguments: '<tenant>',
        summary,
        example: `${name} 7f3c2a10-4f5e-4c1d-9b8a-2d6e0c9a1b55 --reason "contract"`,
      })
        .option('--reason <text>', 'why; goes to the audit log')
        .action((tenant: string, options) => submit(name, { tenant, ...given(options) }, options));
    },
    run: async (context, { tenant, reason }) => {
      changed(await changeTenantState(context.db, authorOf(context, reason), { tenantId: tenant, state }));
      return done(`tenant ${tenant.toLowerCase()} is ${state}`, { tenant_id: tenant.toLowerCase(), state });
    },
  });
}

export const tenantSuspend = stateCommand('suspend', 'suspended', 'refuse everything of a tenant at once');
export const tenantResume = stateCommand('resume', 'active', 'accept from a suspended tenant again');
