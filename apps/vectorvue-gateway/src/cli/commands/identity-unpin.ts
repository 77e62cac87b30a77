import { z } from 'zod';
import { unpinIdentity } from '../../trust/trust-store.ts';
import { authorOf, changed, done } from '../answer.ts';
import { storeCommand } from '../command.ts';
import { defineCommand, given } from '../define-option.ts';

const input = z.strictObject({
  identity: z.string().max(256),
  sha256: z.string().max(256),
  reason: z.string().max(1024).optional(),
});

export const identityUnpin = storeCommand({
  name: 'identity unpin',
  input,
  register: (program, submit) => {
    defineCommand(program, 'identity unpin', {
      arguments: '<identity> <sha256>',
      summary: 'end a pin at once, on every gateway',
      example: 'identity unpin spectrastrike-agent-01 9f2c…e1 --reason "certificate renewed"',
      notes: 'An environment that still declares the pin does not bring it back; "identity pin" does.',
    })
      .option('--reason <text>', 'why; goes to the audit log')
      .action((identity: string, sha256: string, options) =>
        submit('identity unpin', { identity, sha256, ...given(options) }, options),
      );
  },
  run: async (context, { identity, sha256, reason }) => {
    changed(await unpinIdentity(context.db, authorOf(context, reason), { identity, sha256 }));
    const pin = sha256.trim().toLowerCase();
    return done(`unpinned ${pin} from ${identity}`, { identity, sha256: pin });
  },
});
