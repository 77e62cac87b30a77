import { z } from 'zod';
import { pinIdentity } from '../../trust/trust-store.ts';
import { authorOf, changed, done } from '../answer.ts';
import { storeCommand } from '../command.ts';
import { defineCommand, given, list, moment } from '../define-option.ts';

const input = z.strictObject({
  identity: z.string().max(256),
  sha256: z.string().max(256),
  notBefore: z.iso.datetime().optional(),
  notAfter: z.iso.datetime().optional(),
  operators: z.array(z.string()).max(10_000).optional(),
  tenants: z.array(z.string()).max(10_000).optional(),
  reason: z.string().max(1024).optional(),
});

export const identityPin = storeCommand({
  name: 'identity pin',
  input,
  register: (program, submit) => {
    defineCommand(program, 'identity pin', {
      arguments: '<identity> <sha256>',
      summary: 'pin a certificate to an identity, which is declared if it is new',
      example:
        'identity pin spectrastrike-agent-01 "$(openssl x509 -in client.crt -outform DER | sha256sum | cut -d" " -f1)"',
      notes: 'An identity may have several pins: pin the next certificate, switch, then unpin the old one.',
    })
      .option('--not-before <time>', 'valid from', moment)
      .option('--not-after <time>', 'valid until', moment)
      .option('--operators <ids>', 'limit the identity to these operators', list)
      .option('--tenants <ids>', 'limit the identity to these tenants', list)
      .option('--reason <text>', 'why; goes to the audit log')
      .action((identity: string, sha256: string, options) =>
        submit('identity pin', { identity, sha256, ...given(options) }, options),
      );
  },
  run: async (context, { identity, sha256, notBefore, notAfter, operators, tenants, reason }) => {
    const limited = operators !== undefined || tenants !== undefined;
    const { created } = changed(
      await pinIdentity(context.db, authorOf(context, reason), {
        identity,
        sha256,
        notBefore: notBefore === undefined ? null : new Date(notBefore),
        notAfter: notAfter === undefined ? null : new Date(notAfter),
        limits: limited ? { operators, tenants } : null,
      }),
    );
    const pin = sha256.trim().toLowerCase();
    return done(`pinned ${pin} to ${identity}${created ? ', which is new' : ''}`, {
      identity,
      sha256: pin,
      created,
    });
  },
});
