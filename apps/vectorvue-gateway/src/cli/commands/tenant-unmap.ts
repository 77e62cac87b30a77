import { z } from 'zod';
import { unmapTenant } from '../../trust/trust-store.ts';
import { authorOf, changed, done } from '../answer.ts';
import { storeCommand } from '../command.ts';
import { defineCommand, given } from '../define-option.ts';

const input = z.strictObject({ operator: z.string().max(512), reason: z.string().max(1024).optional() });

export const tenantUnmap = storeCommand({
  name: 'tenant unmap',
  input,
  register: (program, submit) => {
    defineCommand(program, 'tenant unmap', {
      arguments: '<operator>',
      summary: 'end the mapping of an operator at once, on every gateway',
      example: 'tenant unmap op-red-01 --reason "engagement ended"',
      notes: 'An environment that still declares the mapping does not bring it back; "tenant map" does.',
    })
      .option('--reason <text>', 'why; goes to the audit log')
      .action((operator: string, options) =>
        submit('tenant unmap', { operator, ...given(options) }, options),
      );
  },
  run: async (context, { operator, reason }) => {
    const { tenantId } = changed(
      await unmapTenant(context.db, authorOf(context, reason), { operatorId: operator }),
    );
    return done(`operator ${operator} is no longer mapped to tenant ${tenantId}`, {
      operator_id: operator,
      tenant_id: tenantId,
    });
  },
});
