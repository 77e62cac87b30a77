import { type Command, InvalidArgumentError } from 'commander';
import { z } from 'zod';
import { PAGE_DEFAULT, PAGE_MAX, type TenantScope } from '../store/read/page.ts';
import type { CommonOptions } from './command.ts';
import { CommandRefused } from './command.ts';
import { EXIT_CODES_HELP } from './exit-codes.ts';

/** Adds `name` below its group (`key` of `key list`), with what every command has: --json, --quiet, an example, exit codes. */
export function defineCommand(
  program: Command,
  name: string,
  parts: {
    readonly summary: string;
    readonly arguments?: string;
    readonly example: string;
    readonly notes?: string;
  },
): Command {
  const words = name.split(' ');
  const leaf = words.pop() ?? name;
  let parent = program;
  for (const word of words) {
    parent =
      parent.commands.find((command) => command.name() === word) ??
      parent.command(word).description(GROUPS[word] ?? word);
  }
  return parent
    .command(parts.arguments === undefined ? leaf : `${leaf} ${parts.arguments}`)
    .description(parts.summary)
    .option('--json', 'print one JSON document on the last line')
    .option('-q, --quiet', 'print nothing unless something was not done')
    .addHelpText(
      'after',
      `\n${parts.notes === undefined ? '' : `${parts.notes}\n\n`}Example:\n  $ vectorvue-gateway ${parts.example}\n\n${EXIT_CODES_HELP}`,
    );
}

const GROUPS: Readonly<Record<string, string>> = {
  identity: 'service identities and the certificates that are pinned to them',
  tenant: 'tenants and the operators that are mapped to them',
  key: 'the keyring: public keys, their purpose, owner, domain and state',
  peer: 'agents of other organisations',
  events: 'accepted events',
  evidence: 'the signed bytes of what was accepted',
  findings: 'what the events mean',
  audit: 'the audit log',
  certs: 'the certificate that this gateway presents',
  retention: 'how long what is kept, by tenant and class',
  rules: 'the feedback rules',
  console: 'people at the console of this gateway',
  sessions: 'who is signed in to the console',
  user: 'who may sign in to a remote console',
  forward: 'where audit entries are forwarded to, and how far',
};

/** `--identity a,b`: comma-separated, blanks trimmed. */
export function list(text: string): readonly string[] {
  const values = text.split(',').map((value) => value.trim());
  if (values.some((value) => value === ''))
    throw new InvalidArgumentError('write values separated by commas');
  return values;
}

/** RFC 3339 with an offset, as ISO text in UTC. */
export function moment(text: string): string {
  const form = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/;
  const date = new Date(text);
  if (!form.test(text) || Number.isNaN(date.getTime())) {
    throw new InvalidArgumentError('write a time as 2026-02-26T12:00:00Z');
  }
  return date.toISOString();
}

export function pageSize(text: string): number {
  const size = /^[1-9]\d{0,5}$/.test(text) ? Number(text) : 0;
  if (size < 1 || size > PAGE_MAX) throw new InvalidArgumentError(`write a number from 1 to ${PAGE_MAX}`);
  return size;
}

/** Number of entries of a signed tree. */
export function treeSize(text: string): number {
  const size = /^[1-9]\d{0,15}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(size)) throw new InvalidArgumentError('write a number of entries, from 1');
  return size;
}

export interface PageOptions extends CommonOptions {
  readonly tenant?: string;
  readonly allTenants?: boolean;
  readonly limit?: number;
  readonly after?: string;
}

export function withPaging(command: Command): Command {
  return command
    .option('--tenant <id>', 'show this tenant')
    .option('--all-tenants', 'show every tenant')
    .option('--limit <n>', `rows per page, 1 to ${PAGE_MAX} (default ${PAGE_DEFAULT})`, pageSize)
    .option('--after <cursor>', 'the page after the one that ended with this cursor ("next" in --json)');
}

/** The schema of what `withPaging` collects. */
export const pageInput = {
  tenant: z.string().max(64).optional(),
  allTenants: z.boolean().optional(),
  limit: z.number().int().min(1).max(PAGE_MAX).default(PAGE_DEFAULT),
  after: z.string().max(4096).optional(),
};

/** One tenant or all of them, never neither: nobody sees everybody's rows by leaving an option out. */
export function requireScope(input: {
  readonly tenant?: string | undefined;
  readonly allTenants?: boolean | undefined;
}): TenantScope {
  if (input.tenant !== undefined && input.allTenants === true) {
    throw new CommandRefused('usage', '--tenant and --all-tenants exclude each other');
  }
  if (input.allTenants === true) return 'all-tenants';
  if (input.tenant === undefined)
    throw new CommandRefused('tenant_required', 'say --tenant ID, or --all-tenants');
  return { tenantId: requireTenantForm(input.tenant) };
}

export function requireTenantForm(text: string): string {
  const tenant = text.toLowerCase();
  if (!/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/.test(tenant)) {
    throw new CommandRefused('tenant_invalid', 'a tenant id has the form 8-4-4-4-12 hex digits');
  }
  return tenant;
}

/** Only what was given: absent options must be absent in the JSON that may travel through the socket. */
export function given<Options extends object>(options: Options): Options {
  const entries = Object.entries(options).filter(
    ([name, value]) => value !== undefined && name !== 'json' && name !== 'quiet',
  );
  return Object.fromEntries(entries) as Options;
}
