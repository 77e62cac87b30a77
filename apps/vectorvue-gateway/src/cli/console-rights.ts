import { type Command, InvalidArgumentError, Option } from 'commander';
import { z } from 'zod';
import { CONSOLE_ROLES, type ConsoleRole, isOfTenants } from '../console/roles.ts';
import { unknownTenants } from '../console/session/users.ts';
import type { CommandContext } from './command.ts';
import { CommandRefused } from './command.ts';
import { requireTenantForm } from './define-option.ts';

/** Names of people in sessions, audit entries and `--as`. */
export const CONSOLE_NAME = /^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/;

/** What somebody may do in the console, as options and as the input of a command. */
export const rightsInput = {
  role: z.enum(CONSOLE_ROLES),
  tenants: z.array(z.string().max(64)).max(1000),
};

export function withRights(command: Command, defaultRole?: ConsoleRole): Command {
  const role = new Option('--role <role>', 'what they may do').choices(CONSOLE_ROLES);
  if (defaultRole === undefined) role.makeOptionMandatory();
  else role.default(defaultRole);
  return command
    .addOption(role)
    .option('--tenant <id...>', 'tenants that they see; for viewer and analyst', collectTenants, []);
}

export function consoleName(text: string): string {
  if (CONSOLE_NAME.test(text)) return text;
  throw new InvalidArgumentError('write 1 to 64 letters, digits, dots, dashes, underscores and @');
}

/** The tenants of the role: null is all. Refuses what does not go together, and tenants that the gateway does not know. */
export async function rightsOf(
  context: CommandContext,
  rights: { readonly role: ConsoleRole; readonly tenants: readonly string[] },
): Promise<{ readonly role: ConsoleRole; readonly tenants: readonly string[] | null }> {
  const { role } = rights;
  const tenants = [...new Set(rights.tenants.map(requireTenantForm))].sort();
  if (!isOfTenants(role)) {
    if (tenants.length > 0)
      throw new CommandRefused('usage', `${role} is for all tenants: leave --tenant out`);
    return { role, tenants: null };
  }
  if (tenants.length === 0)
    throw new CommandRefused('tenant_required', `${role} is for named tenants: say --tenant ID`);
  const [unknown] = await unknownTenants(context.db, tenants);
  if (unknown !== undefined) throw new CommandRefused('tenant_unknown', `there is no tenant ${unknown}`);
  return { role, tenants };
}

function collectTenants(text: string, before: readonly string[]): readonly string[] {
  return [
    ...before,
    ...text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== ''),
  ];
}
