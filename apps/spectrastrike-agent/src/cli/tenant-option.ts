import { environmentOfTenant } from '../config.ts';
import type { CliContext } from './cli-context.ts';
import { type OptionSpec, type Options, optionText } from './command.ts';

/** For commands that talk to one gateway: whose, where several tenants have routes. */
export const TENANT_OPTION: OptionSpec = {
  flags: '--tenant <id>',
  description: 'the tenant whose route is taken (default: the only one, or the environment says)',
};

/** The context in which every loader finds that tenant's settings. */
export function forTenant(context: CliContext, options: Options): CliContext {
  const tenant = optionText(options, 'tenant');
  if (tenant === null) return context;
  return { ...context, environment: environmentOfTenant(context.environment, tenant) };
}
