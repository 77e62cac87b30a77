import { z } from 'zod';
import { pinIdentity, pinNext } from '../../trust/trust-store.ts';
import { authorOf, changed, done } from '../answer.ts';
import { type CommandContext, storeCommand, UsageError } from '../command.ts';
import { defineCommand, given, list, moment } from '../define-option.ts';

const input = z.strictObject({
  identity: z.string().max(256),
  sha256: z.string().max(256),
  next: z.boolean().optional(),
  from: z.iso.datetime().optional(),
  until: z.iso.datetime().optional(),
  operators: z.array(z.string()).max(10_000).optional(),
  tenants: z.array(z.string()).max(10_000).optional(),
  reason: z.string().max(1024).optional(),
});
type Input = z.infer<typeof input>;

export const identityPin = storeCommand({
  name: 'identity pin',
  input,
  register: (program, submit) => {
    defineCommand(program, 'identity pin', {
      arguments: '<identity> <sha256>',
      summary: 'pin a certificate to an identity, which is declared if it is new',
      example:
        'identity pin spectrastrike-agent-01 --next "$(openssl x509 -in client.crt.next -outform DER | sha256sum | cut -d" " -f1)"',
      notes:
        'An identity may have several pins. --next pins the coming certificate and keeps the present one: then switch, then unpin the old one. With --next a name that is not declared is refused.',
    })
      .option('--next', 'the certificate that will come after the present one, which stays')
      .option('--from <time>', 'valid from', moment)
      .option('--until <time>', 'valid until', moment)
      .option('--not-before <time>', 'the same as --from', moment)
      .option('--not-after <time>', 'the same as --until', moment)
      .option('--operators <ids>', 'limit the identity to these operators', list)
      .option('--tenants <ids>', 'limit the identity to these tenants', list)
      .option('--reason <text>', 'why; goes to the audit log')
      .action((identity: string, sha256: string, options) => {
        const { notBefore, notAfter, ...rest } = options as Record<string, string | undefined>;
        if ((notBefore ?? rest.from) !== (rest.from ?? notBefore))
          throw new UsageError('--from and --not-before are one');
        if ((notAfter ?? rest.until) !== (rest.until ?? notAfter))
          throw new UsageError('--until and --not-after are one');
        const validity = { from: rest.from ?? notBefore, until: rest.until ?? notAfter };
        return submit(
          'identity pin',
          { identity, sha256, ...(given({ ...rest, ...validity }) as object) },
          options,
        );
      });
  },
  run: async (context, request) => {
    if (request.next === true) return next(context, request);
    const { identity, sha256, operators, tenants, reason } = request;
    const limited = operators !== undefined || tenants !== undefined;
    const { created } = changed(
      await pinIdentity(context.db, authorOf(context, reason), {
        ...pinOf(request),
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

async function next(context: CommandContext, request: Input) {
  const { identity, sha256, operators, tenants, reason } = request;
  if (operators !== undefined || tenants !== undefined) {
    throw new UsageError('--next changes no limit; see "identity limit"');
  }
  const { present } = changed(await pinNext(context.db, authorOf(context, reason), pinOf(request)));
  const pin = sha256.trim().toLowerCase();
  const stay = present.filter((one) => one !== pin);
  const unpins = stay.map((one) => `  vectorvue-gateway identity unpin ${identity} ${one}`);
  return {
    ...done(`pinned ${pin} as the next certificate of ${identity}; once it is the one in use:`, {
      identity,
      sha256: pin,
      created: false,
      present: stay,
    }),
    lines: [`pinned ${pin} as the next certificate of ${identity}; once it is the one in use:`, ...unpins],
  };
}

function pinOf({ identity, sha256, from, until }: Input) {
  return {
    identity,
    sha256,
    notBefore: from === undefined ? null : new Date(from),
    notAfter: until === undefined ? null : new Date(until),
  };
}
