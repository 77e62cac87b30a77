import { z } from 'zod';
import type { IdentityState } from '../../trust/trust-snapshot.ts';
import { changeIdentityState } from '../../trust/trust-store.ts';
import { authorOf, changed, done } from '../answer.ts';
import { type StoreCommand, storeCommand } from '../command.ts';
import { defineCommand, given } from '../define-option.ts';

const input = z.strictObject({ identity: z.string().max(256), reason: z.string().max(1024).optional() });

/** `identity suspend` and `identity resume` differ in one word. */
function stateCommand(
  word: 'suspend' | 'resume',
  state: IdentityState,
  summary: string,
  notes: string,
): StoreCommand {
  const name = `identity ${word}`;
  return storeCommand({
    name,
    input,
    register: (program, submit) => {
      defineCommand(program, name, {
        arguments: '<identity>',
        summary,
        example: `${name} spectrastrike-agent-01 --reason "laptop missing"`,
        notes,
      })
        .option('--reason <text>', 'why; goes to the audit log')
        .action((identity: string, options) => submit(name, { identity, ...given(options) }, options));
    },
    run: async (context, { identity, reason }) => {
      changed(await changeIdentityState(context.db, authorOf(context, reason), { identity, state }));
      return done(`identity ${identity} is ${state}`, { identity, state });
    },
  });
}

export const identitySuspend = stateCommand(
  'suspend',
  'suspended',
  'refuse everything of an identity at once, on every gateway',
  'As if it were not declared, until "identity resume": its pins, limits and keys stay, and its connections end. An environment that declares it does not bring it back.',
);
export const identityResume = stateCommand(
  'resume',
  'active',
  'accept from a suspended identity again',
  'Its pins and keys are what they were, unless they ended meanwhile.',
);
