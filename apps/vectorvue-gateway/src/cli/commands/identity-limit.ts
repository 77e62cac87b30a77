import { z } from 'zod';
import { limitIdentity } from '../../trust/trust-store.ts';
import { authorOf, cell, changed, done } from '../answer.ts';
import { storeCommand, UsageError } from '../command.ts';
import { defineCommand, given, list } from '../define-option.ts';

const input = z.strictObject({
  identity: z.string().max(256),
  operators: z.array(z.string()).max(10_000).optional(),
  anyOperator: z.boolean().optional(),
  tenants: z.array(z.string()).max(10_000).optional(),
  anyTenant: z.boolean().optional(),
  reason: z.string().max(1024).optional(),
});

export const identityLimit = storeCommand({
  name: 'identity limit',
  input,
  register: (program, submit) => {
    defineCommand(program, 'identity limit', {
      arguments: '<identity>',
      summary: 'limit an identity to operators and tenants',
      example: 'identity limit spectrastrike-agent-01 --operators op-red-01,op-red-02',
      notes: 'What is not named stays as it is. A limit is only lifted by --any-operator or --any-tenant.',
    })
      .option('--operators <ids>', 'only these operators', list)
      .option('--any-operator', 'lift the limit on operators')
      .option('--tenants <ids>', 'only these tenants', list)
      .option('--any-tenant', 'lift the limit on tenants')
      .option('--reason <text>', 'why; goes to the audit log')
      .action((identity: string, options) =>
        submit('identity limit', { identity, ...given(options) }, options),
      );
  },
  run: async (context, request) => {
    const change = {
      operators: limit(request.operators, request.anyOperator, '--operators and --any-operator'),
      tenants: limit(request.tenants, request.anyTenant, '--tenants and --any-tenant'),
    };
    if (change.operators === undefined && change.tenants === undefined) {
      throw new UsageError('say which limit: --operators, --any-operator, --tenants or --any-tenant');
    }
    const { identity } = request;
    const result = changed(
      await limitIdentity(context.db, authorOf(context, request.reason), { identity, ...change }),
    );
    const limits = `operators ${cell(result.operators)}, tenants ${cell(result.tenants)}`;
    return done(`${identity}: ${limits}${result.changed ? '' : ' (as before)'}`, { identity, ...result });
  },
});

/** undefined: as it is; null: lifted. */
function limit(
  values: readonly string[] | undefined,
  any: boolean | undefined,
  both: string,
): readonly string[] | null | undefined {
  if (any !== true) return values;
  if (values !== undefined) throw new UsageError(`${both} exclude each other`);
  return null;
}
