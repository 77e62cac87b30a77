import { KEY_PURPOSES } from '@nyxera/federation-protocol';
import { Option } from 'commander';
import { z } from 'zod';
import type { KeyStep } from '../../trust/key-states.ts';
import { moveKey } from '../../trust/trust-store.ts';
import { authorOf, changed } from '../answer.ts';
import { CommandRefused, type StoreCommand, storeCommand } from '../command.ts';
import { defineCommand, given } from '../define-option.ts';
import { EXIT } from '../exit-codes.ts';

const input = z.strictObject({
  kid: z.string().max(128),
  identity: z.string().max(256).optional(),
  purpose: z.enum(KEY_PURPOSES).optional(),
  reason: z.string().max(1024).optional(),
});

/** `key activate`, `key retire` and `key revoke` differ in the step, and in that a revocation needs a reason. */
function moveCommand(
  step: KeyStep,
  parts: { summary: string; example: string; notes: string },
): StoreCommand {
  const name = `key ${step}`;
  return storeCommand({
    name,
    input,
    register: (program, submit) => {
      defineCommand(program, name, { arguments: '<kid>', ...parts })
        .option('--identity <name>', 'only the key of this owner (@gateway for feedback keys)')
        .addOption(new Option('--purpose <purpose>', 'only for this purpose').choices(KEY_PURPOSES))
        .option('--reason <text>', `why; goes to the audit log${step === 'revoke' ? ' (required)' : ''}`)
        .action((kid: string, options) => submit(name, { kid, ...given(options) }, options));
    },
    run: async (context, { kid, identity = null, purpose = null, reason }) => {
      if (step === 'revoke' && (reason === undefined || reason.trim() === '')) {
        throw new CommandRefused('reason_required', 'say why the key is revoked: --reason "…"');
      }
      const rows = changed(
        await moveKey(context.db, authorOf(context, reason), step, { kid, owner: identity, purpose }),
      );
      const keys = rows.map((row) => ({
        owner: row.owner,
        purpose: row.purpose,
        kid: row.kid,
        state: row.state,
      }));
      return {
        json: { ok: true, keys },
        lines: keys.map((key) => `${key.purpose} key ${key.kid} of ${key.owner} is ${key.state}`),
        exitCode: EXIT.ok,
      };
    },
  });
}

export const keyActivate = moveCommand('activate', {
  summary: 'let a pending key verify (and sign, if it is ours)',
  example: 'key activate telemetry-2026-11 --identity spectrastrike-agent-01',
  notes: 'pending -> active. A retiring or revoked key does not come back.',
});

export const keyRetire = moveCommand('retire', {
  summary: 'let an active key still verify, and no longer sign',
  example: 'key retire telemetry-2026-10',
  notes: 'active -> retiring.',
});

export const keyRevoke = moveCommand('revoke', {
  summary: 'end a key at once, on every gateway; it never comes back',
  example: 'key revoke telemetry-2026-10 --reason "laptop stolen"',
  notes:
    'Without --identity and --purpose every entry that holds the same public key is revoked, whatever it is called: who has the private key has it everywhere. An environment that still declares the key does not bring it back.',
});
