import { InvalidArgumentError, Option } from 'commander';
import { z } from 'zod';
import {
  BODY_CLASSES,
  type Erases,
  putRule,
  RETENTION_CLASSES,
  type RetentionClass,
  removeRule,
} from '../../retention/retention-rule.ts';
import { done } from '../answer.ts';
import { CommandRefused, storeCommand, UsageError } from '../command.ts';
import { defineCommand, given, requireTenantForm } from '../define-option.ts';

/** Days. A hundred years; whoever means longer means for ever. */
const MAX_DAYS = 36_500;

export const retentionSet = storeCommand({
  name: 'retention set',
  retains: true,
  input: z.strictObject({
    tenant: z.string().max(64).optional(),
    allTenants: z.boolean().optional(),
    noTenant: z.boolean().optional(),
    class: z.enum(RETENTION_CLASSES),
    erase: z.enum(['disclosure', 'entry']).optional(),
    days: z.number().int().min(1).max(MAX_DAYS).optional(),
    forever: z.boolean().optional(),
    remove: z.boolean().optional(),
    reason: z.string().trim().min(1).max(500),
  }),
  register: (program, submit) => {
    defineCommand(program, 'retention set', {
      summary: 'set, change or remove a rule; nothing is erased by it yet',
      example:
        'retention set --tenant 7f3c2a10-4f5e-4c1d-9b8a-2d6e0c9a1b55 --class evidence --days 365 --reason "contract, clause 7"',
      notes:
        'Classes evidence and refused are the bytes of requests, the others those of audit entries: --erase says whether what they commit to goes (disclosure) or their text too (entry). The leaf hash of an entry always stays. Needs a login of vectorvue_retain.',
    })
      .option('--tenant <id>', 'the rule of this tenant')
      .option('--all-tenants', 'the rule of every tenant without one of its own')
      .option('--without-tenant', 'the rule of what belongs to no tenant')
      .addOption(new Option('--class <class>', 'what').choices(RETENTION_CLASSES).makeOptionMandatory())
      .addOption(new Option('--erase <what>', 'of audit entries').choices(['disclosure', 'entry']))
      .option('--days <n>', 'kept for so many whole days', days)
      .option('--forever', 'kept for ever, whatever the rule of all tenants says')
      .option('--remove', 'remove the rule')
      .requiredOption('--reason <text>', 'why; it is recorded in the log')
      .action(({ withoutTenant, ...options }) =>
        submit('retention set', given({ ...options, noTenant: withoutTenant }), options),
      );
  },
  run: async (context, input) => {
    const rule = {
      tenant_id: tenantOf(input),
      class: input.class,
      erases: erasesOf(input.class, input.erase),
    };
    const author = { actor: context.actor, reason: input.reason };
    const ways = [input.days !== undefined, input.forever === true, input.remove === true];
    if (ways.filter(Boolean).length !== 1)
      throw new UsageError('say one of --days N, --forever and --remove');
    if (input.remove === true) {
      if (!(await removeRule(context.db, author, rule))) {
        throw new CommandRefused('rule_unknown', 'there is no such rule');
      }
      return done('rule removed', { rule });
    }
    await putRule(context.db, author, { ...rule, days: input.days ?? null });
    return done('rule set; "retention apply" shows what it means', {
      rule: { ...rule, days: input.days ?? null },
    });
  },
});

function tenantOf(input: {
  readonly tenant?: string | undefined;
  readonly allTenants?: boolean | undefined;
  readonly noTenant?: boolean | undefined;
}): string {
  const said = [input.tenant !== undefined, input.allTenants === true, input.noTenant === true];
  if (said.filter(Boolean).length !== 1) {
    throw new CommandRefused('tenant_required', 'say one of --tenant ID, --all-tenants and --without-tenant');
  }
  if (input.tenant !== undefined) return requireTenantForm(input.tenant);
  return input.allTenants === true ? '*' : '';
}

function erasesOf(of: RetentionClass, erase: 'disclosure' | 'entry' | undefined): Erases {
  const isBody = (BODY_CLASSES as readonly string[]).includes(of);
  if (isBody && erase !== undefined) throw new UsageError('--erase is for classes of audit entries');
  if (isBody) return 'body';
  if (erase === undefined) throw new UsageError('of audit entries, say --erase disclosure or --erase entry');
  return erase;
}

function days(text: string): number {
  const count = /^[1-9]\d{0,4}$/.test(text) ? Number(text) : 0;
  if (count < 1 || count > MAX_DAYS) throw new InvalidArgumentError(`write a number from 1 to ${MAX_DAYS}`);
  return count;
}
