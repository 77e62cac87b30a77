import { z } from 'zod';
import { addTenant } from '../../trust/trust-store.ts';
import { authorOf, changed, done } from '../answer.ts';
import { storeCommand } from '../command.ts';
import { defineCommand, given } from '../define-option.ts';

const input = z.strictObject({
  tenant: z.string().max(64),
  name: z.string().min(1).max(256).optional(),
  reason: z.string().max(1024).optional(),
});

export const tenantCreate = storeCommand({
  name: 'tenant create',
  input,
  register: (program, submit) => {
    defineCommand(program, 'tenant create', {
      arguments: '<tenant>',
      summary: 'make a tenant before its first operator is mapped',
      example: 'tenant create 7f3c2a10-4f5e-4c1d-9b8a-2d6e0c9a1b55 --name "Northwind"',
      notes: 'Then its keys can be made and confined to it. "tenant map" makes a tenant too, if it is new.',
    })
      .option('--name <text>', 'for people; nothing is decided by it')
      .option('--reason <text>', 'why; goes to the audit log')
      .action((tenant: string, options) => submit('tenant create', { tenant, ...given(options) }, options));
  },
  run: async (context, { tenant, name = null, reason }) => {
    const added = await addTenant(context.db, authorOf(context, reason), { tenantId: tenant, name });
    const { tenantId } = changed(added);
    return done(`tenant ${tenantId} is active`, { tenant_id: tenantId, name, state: 'active' });
  },
});
