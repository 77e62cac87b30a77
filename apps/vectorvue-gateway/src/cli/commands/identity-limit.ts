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
  spiffeId: z.string().max(4096).optional(),
  anySpiffeId: z.boolean().optional(),
  reason: z.string().max(1024).optional(),
});

export const identityLimit = storeCommand({
  name: 'identity limit',
  input,
  register: (program, submit) => {
    defineCommand(program, 'identity limit', {
      arguments: '<identity>',
      summary: 'limit an identity to operators, tenants and a SPIFFE name',
      example: 'identity limit spectrastrike-agent-01 --operators op-red-01,op-red-02',
      notes:
        'What is not named stays as it is. A limit is only lifted by --any-operator, --any-tenant or --any-spiffe-id. A SPIFFE name is asked for besides the pin, never instead: the certificate must be pinned, and hold that URI name and no other.',
    })
      .option('--operators <ids>', 'only these operators', list)
      .option('--any-operator', 'lift the limit on operators')
      .option('--tenants <ids>', 'only these tenants', list)
      .option('--any-tenant', 'lift the limit on tenants')
      .option('--spiffe-id <uri>', 'the URI name that the certificate must hold, exactly')
      .option('--any-spiffe-id', 'ask for no URI name')
      .option('--reason <text>', 'why; goes to the audit log')
      .action((identity: string, options) =>
        submit('identity limit', { identity, ...given(options) }, options),
      );
  },
  run: async (context, request) => {
    const change = {
      operators: limit(request.operators, request.anyOperator, '--operators and --any-operator'),
      tenants: limit(request.tenants, request.anyTenant, '--tenants and --any-tenant'),
      spiffeId: limit(request.spiffeId, request.anySpiffeId, '--spiffe-id and --any-spiffe-id'),
    };
    if (Object.values(change).every((value) => value === undefined)) {
      throw new UsageError('say which limit: --operators, --tenants, --spiffe-id, or one of --any-…');
    }
    const { identity } = request;
    const result = changed(
      await limitIdentity(context.db, authorOf(context, request.reason), { identity, ...change }),
    );
    const spiffe = result.spiffeId === null ? '' : `, certificate ${result.spiffeId}`;
    const limits = `operators ${cell(result.operators)}, tenants ${cell(result.tenants)}${spiffe}`;
    return done(`${identity}: ${limits}${result.changed ? '' : ' (as before)'}`, {
      identity,
      operators: result.operators,
      tenants: result.tenants,
      spiffe_id: result.spiffeId,
      changed: result.changed,
    });
  },
});

/** undefined: as it is; null: lifted. */
function limit<Value>(
  values: Value | undefined,
  any: boolean | undefined,
  both: string,
): Value | null | undefined {
  if (any !== true) return values;
  if (values !== undefined) throw new UsageError(`${both} exclude each other`);
  return null;
}
