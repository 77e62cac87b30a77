import { v7 as uuidv7 } from 'uuid';
import { z } from 'zod';
import { appendAudit } from '../../audit/append.ts';
import { readConsoleOrigin } from '../../config/console-address.ts';
import { draftOf } from '../../console/audit-console.ts';
import { LINK_SECONDS, makeLink } from '../../console/session/links.ts';
import { done } from '../answer.ts';
import { CommandRefused, storeCommand } from '../command.ts';
import { ConfigurationFaults } from '../configuration-faults.ts';
import { CONSOLE_NAME, consoleName, rightsInput, rightsOf, withRights } from '../console-rights.ts';
import { defineCommand } from '../define-option.ts';
import type { CliIo } from '../io.ts';

/** `console`: a link that opens a session of the console once. */
export const consoleLink = storeCommand({
  name: 'console',
  input: z.strictObject({
    ...rightsInput,
    name: z.string().regex(CONSOLE_NAME).optional(),
    origin: z.url().max(512),
  }),
  register: (program, submit, io) => {
    withRights(
      defineCommand(program, 'console', {
        summary: `print a link that opens the console once, within ${LINK_SECONDS / 60} minutes`,
        example: 'console --role analyst --tenant 7f3c2a10-4f5e-4c1d-9b8a-2d6e0c9a1b55',
        notes:
          'The token is behind the # of the link: browsers send that to nobody, so that it is in no log. Whoever has the link first has the session. For a gateway on loopback; where its console is remote, people sign in with a certificate or at an identity provider ("console user add").',
      }),
      'operator',
    )
      .option('--as <name>', 'who it is, in the audit log; default: the login that runs this', consoleName)
      .option('--url <origin>', 'how the browser reaches the listener, for example through a tunnel')
      .action((options) => {
        const input = {
          role: options.role,
          tenants: options.tenant,
          origin: originOf(io, options.url),
          ...(options.as === undefined ? {} : { name: options.as }),
        };
        return submit('console', input, options);
      });
  },
  run: async (context, input) => {
    const rights = await rightsOf(context, input);
    const name = input.name ?? nameOf(context.actor);
    const nowMs = context.now();
    const token = await context.db.transaction(async (tx) => {
      const made = await makeLink(tx, { name, ...rights }, context.actor, nowMs);
      const subject = JSON.stringify({ name, role: rights.role, tenants: rights.tenants ?? 'all' });
      const note = { action: 'console.link', code: 'issued', tenantId: null, subject };
      await appendAudit(tx, [draftOf(note, { actor: context.actor, reason: null }, uuidv7())]);
      return made;
    });
    const link = `${input.origin}/console/#link=${token}`;
    const expiresAt = new Date(nowMs + LINK_SECONDS * 1000).toISOString();
    return done(link, { link, name, role: rights.role, tenants: rights.tenants, expires_at: expiresAt });
  },
});

function originOf(io: CliIo, given: string | undefined): string {
  const address = readConsoleOrigin(io.environment);
  if (!address.ok) throw new ConfigurationFaults(address.faults);
  if (!address.value.loopback) {
    throw new CommandRefused(
      'console_remote',
      'the administration listener is not on loopback: links are not taken there',
    );
  }
  const origin = given ?? address.value.origin;
  if (origin === null)
    throw new CommandRefused('usage', 'VV_TG_ADMIN_LISTEN has port 0: say --url http://127.0.0.1:PORT');
  const url = URL.canParse(origin) ? new URL(origin) : null;
  if (
    url === null ||
    !/^https?:$/.test(url.protocol) ||
    url.origin !== origin.replace(/\/$/, '').toLowerCase()
  ) {
    throw new CommandRefused('usage', 'write --url as http://127.0.0.1:9464');
  }
  return url.origin;
}

/** `cli:ann` is ann; a login that is no name for the console is told apart by `--as`. */
function nameOf(actor: string): string {
  const name = actor.replace(/^cli:/, '');
  if (CONSOLE_NAME.test(name)) return name;
  throw new CommandRefused('usage', 'this login is no name for the console: say --as NAME');
}
