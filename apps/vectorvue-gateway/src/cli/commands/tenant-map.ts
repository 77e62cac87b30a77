import { z } from 'zod';
import { mapTenant } from '../../trust/trust-store.ts';
import { authorOf, changed, done } from '../answer.ts';
import { storeCommand } from '../command.ts';
import { defineCommand, given } from '../define-option.ts';

const input = z.strictObject({
  operator: z.string().max(512),
  tenant: z.string().max(64),
  move: z.boolean().optional(),
  reason: z.string().max(1024).optional(),
});

export const tenantMap = storeCommand({
  name: 'tenant map',
  input,
  register: (program, submit) => {
    defineCommand(program, 'tenant map', {
      arguments: '<operator> <tenant>',
      summary: 'map an operator to a tenant, which is created if it is new',
      example: 'tenant map op-red-01 7f3c2a10-4f5e-4c1d-9b8a-2d6e0c9a1b55',
    })
      .option('--move', 'the operator is mapped to another tenant now, and that is to change')
      .option('--reason <text>', 'why; goes to the audit log')
      .action((operator: string, tenant: string, options) =>
        submit('tenant map', { operator, tenant, ...given(options) }, options),
      );
  },
  run: async (context, { operator, tenant, move, reason }) => {
    const mapped = await mapTenant(context.db, authorOf(context, reason), {
      operatorId: operator,
      tenantId: tenant,
      move: move ?? false,
    });
    const { changed: wasChanged } = changed(mapped);
    return done(
      `operator ${operator} is mapped to tenant ${tenant.toLowerCase()}${wasChanged ? '' : ', as before'}`,
      {
        operator_id: operator,
        tenant_id: tenant.toLowerCase(),
        changed: wasChanged,
      },
    );
  },
});
