import { z } from 'zod';
import { limitIdentity } from '../../trust/trust-store.ts';
import { authorOf, cell, changed, done } from '../answer.ts';
import { storeCommand } from '../command.ts';
import { defineCommand, given, list } from '../define-option.ts';

const input = z.strictObject({
  identity: z.string().max(256),
  operators: z.array(z.string()).max(10_000).optional(),
  tenants: z.array(z.string()).max(10_000).optional(),
  reason: z.string().max(1024).optional(),
});

export const identityLimit = storeCommand({
  name: 'identity limit',
  input,
  register: (program, submit) => {
    defineCommand(program, 'identity limit', {
      arguments: '<identity>',
      summary: 'limit an identity to operators and tenants; what is left out is not limited',
      example: 'identity limit spectrastrike-agent-01 --operators op-red-01,op-red-02',
    })
      .option('--operators <ids>', 'only these operators', list)
      .option('--tenants <ids>', 'only these tenants', list)
      .option('--reason <text>', 'why; goes to the audit log')
      .action((identity: string, options) =>
        submit('identity limit', { identity, ...given(options) }, options),
      );
  },
  run: async (context, { identity, operators = null, tenants = null, reason }) => {
    const result = await limitIdentity(context.db, authorOf(context, reason), {
      identity,
      operators,
      tenants,
    });
    const { changed: wasChanged } = changed(result);
    const limits = `operators ${cell(operators)}, tenants ${cell(tenants)}`;
    return done(`${identity}: ${limits}${wasChanged ? '' : ' (as before)'}`, {
      identity,
      operators,
      tenants,
      changed: wasChanged,
    });
  },
});
