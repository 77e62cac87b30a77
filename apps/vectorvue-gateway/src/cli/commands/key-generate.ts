import { resolve } from 'node:path';
import { openSigner } from '@nyxera/federation-key-custody';
import { type Ed25519PublicKey, importPublicKey } from '@nyxera/federation-protocol';
import { Option } from 'commander';
import { z } from 'zod';
import { LARGEST_FEEDBACK_INPUT } from '../../config/check-signer.ts';
import { loadStoreSettings } from '../../config.ts';
import { addFeedbackKey, makeUndoableKey } from '../../key-rotation/add-feedback-key.ts';
import { GATEWAY_OWNER } from '../../trust/trust-snapshot.ts';
import { authorOf, changed, done } from '../answer.ts';
import { CommandRefused, type CommonOptions, storeCommand } from '../command.ts';
import { ConfigurationFaults } from '../configuration-faults.ts';
import { defineCommand, given, moment } from '../define-option.ts';
import type { CliIo } from '../io.ts';

const input = z.strictObject({
  publicKey: z.string().max(64),
  signerUri: z.string().min(1).max(4096),
  kid: z.string().max(128).optional(),
  tenant: z.array(z.string()).min(1).max(10_000).optional(),
  active: z.boolean().optional(),
  notBefore: z.iso.datetime().optional(),
  notAfter: z.iso.datetime().optional(),
  reason: z.string().max(1024).optional(),
});

interface GenerateOptions extends CommonOptions {
  readonly purpose: string;
  readonly owner: string;
  readonly signer?: string;
}

export const keyGenerate = storeCommand({
  name: 'key generate',
  input,
  register: (program, submit, io) => {
    defineCommand(program, 'key generate', {
      summary: 'make a feedback key of the gateway, or take one that is in custody elsewhere',
      example: 'key generate --tenant 7f3c2a10-4f5e-4c1d-9b8a-2d6e0c9a1b55 --not-after 2027-03-01T00:00:00Z',
      notes:
        'The private key is written to keys/ in the data directory, mode 0600, and shown nowhere; or it stays where --signer names it. The database holds the public key and the way to the private one, so every gateway that is to sign with it must be able to open that way. The key is pending: give its public half to the peers (key export), then "key activate". Running gateways sign with it from then on, without a restart.',
    })
      .addOption(
        new Option('--purpose <purpose>', 'what it is for').choices(['feedback']).default('feedback'),
      )
      .addOption(new Option('--owner <owner>', 'whose it is').choices([GATEWAY_OWNER]).default(GATEWAY_OWNER))
      .option(
        '--tenant <id>',
        'a tenant that it signs for, and no other; several times (default: all)',
        collect,
      )
      .option('--signer <uri>', 'a private key that exists: file: or another URI of a custodian')
      .option('--kid <name>', 'configured name (default: the RFC 7638 thumbprint)')
      .option('--active', 'let it sign at once: peers that do not know it yet will refuse what it signs')
      .option('--not-before <time>', 'valid from', moment)
      .option('--not-after <time>', 'valid until', moment)
      .option('--reason <text>', 'why; goes to the audit log')
      .action(async ({ purpose: _purpose, owner: _owner, signer, ...options }: GenerateOptions) => {
        const { key, uri, undo } = signer === undefined ? await makeFile(io) : await lookUp(signer);
        try {
          await submit(
            'key generate',
            { publicKey: key.toBase64(), signerUri: uri, ...given(options) },
            options,
          );
        } catch (fault) {
          // Refused: nobody will ever sign with it. Any other fault may have come after the commit: the file stays.
          if (fault instanceof CommandRefused) undo();
          throw fault;
        }
      });
  },
  run: async (context, request) => {
    const key = importPublicKey(request.publicKey);
    if (!key.ok) throw new CommandRefused('key_invalid', key.detail);
    const { kid, domain, state } = changed(
      await addFeedbackKey(context.db, authorOf(context, request.reason), {
        key: key.value,
        signerUri: request.signerUri,
        kid: request.kid,
        tenants: request.tenant,
        active: request.active,
        notBefore: request.notBefore === undefined ? null : new Date(request.notBefore),
        notAfter: request.notAfter === undefined ? null : new Date(request.notAfter),
      }),
    );
    return done(
      `feedback key ${kid} of ${GATEWAY_OWNER} for ${domain?.join(', ') ?? 'all tenants'} is ${state}`,
      {
        owner: GATEWAY_OWNER,
        purposes: ['feedback'],
        kid,
        thumbprint: key.value.kid,
        public_key: key.value.toBase64(),
        tenants: domain,
        state,
      },
    );
  },
});

function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}

interface Custody {
  readonly key: Ed25519PublicKey;
  readonly uri: string;
  /** Takes away what was made here. */
  readonly undo: () => void;
}

async function makeFile(io: CliIo): Promise<Custody> {
  const store = loadStoreSettings(io.environment);
  if (!store.ok) throw new ConfigurationFaults(store.faults);
  const { dataDir } = store.value;
  const made = await makeUndoableKey(dataDir);
  if (made === null) {
    throw new CommandRefused('key_file', `no key file can be written in ${dataDir}; nothing was done`);
  }
  return made;
}

/** Opens the custodian, so that a slip of the hand is found here and not by a gateway that has to sign. */
async function lookUp(given: string): Promise<Custody> {
  // As it was given: what looks like a key itself is recognized by that, and not repeated.
  const opened = await openSigner(given, { largestInputBytes: LARGEST_FEEDBACK_INPUT });
  if (!opened.ok) throw new CommandRefused(opened.code, opened.detail);
  try {
    const health = await opened.value.health();
    if (!health.ok) throw new CommandRefused('key_invalid', `the signer does not sign: ${health.reason}`);
    return { key: await opened.value.publicKey(), uri: absolute(given), undo: () => undefined };
  } finally {
    await opened.value.close();
  }
}

/** A gateway has another working directory: what names a file is made to name it from everywhere. */
export function absolute(given: string): string {
  const bare = /^file:(?!\/\/)/.test(given) ? given.slice('file:'.length) : given;
  const isPath = bare !== given || !/^[A-Za-z][A-Za-z0-9+.-]+:/.test(given);
  return isPath && bare !== '' ? `file:${resolve(bare)}` : given;
}
