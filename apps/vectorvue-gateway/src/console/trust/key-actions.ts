import { z } from 'zod';
import { addFeedbackKey, makeUndoableKey, type UndoableKey } from '../../key-rotation/add-feedback-key.ts';
import type { Consequence } from '../../trust/foresee.ts';
import type { KeyStep } from '../../trust/key-states.ts';
import type { TrustRefusalCode } from '../../trust/trust-change.ts';
import { moveKey } from '../../trust/trust-store.ts';
import { moment, tenantId } from '../filters.ts';
import type { ConsoleRoute } from '../route.ts';
import { trustAction } from './action.ts';
import { keyPurpose } from './schemas.ts';
import { standInKey } from './stand-in-key.ts';

const kid = z.string().min(1, 'which key').max(128);

const FIELDS: Partial<Record<TrustRefusalCode, string>> = {
  key_ambiguous: 'owner',
  key_state: 'kid',
  key_unknown: 'kid',
  kid_invalid: 'kid',
  kid_taken: 'kid',
  tenant_invalid: 'tenants',
  validity_invalid: 'not_after',
};

export const NO_FILE = 'no key file can be written in the data directory; nothing was done';

/** Said of every private key that is made here. */
export const MADE_HERE: Consequence = {
  weight: 'note',
  text: 'The private key is written to keys/ in the data directory of this gateway, mode 0600, and shown nowhere. A gateway elsewhere signs with it only if it finds it under the same path.',
};

function move(step: KeyStep, summary: string) {
  const name = `${step[0]?.toUpperCase() ?? ''}${step.slice(1)}`;
  return trustAction({
    id: `trustKey${name}`,
    path: `/trust/keys/${step}`,
    summary,
    input: {
      kid,
      owner: z
        .string()
        .max(256)
        .nullable()
        .default(null)
        .meta({ description: '`@gateway`: of the gateway; null: whoever has it' }),
      purpose: keyPurpose.nullable().default(null),
    },
    typed: (input) => (step === 'revoke' ? input.kid : null),
    fields: FIELDS,
    run: async ({ db, author }, selector) => {
      const result = await moveKey(db, author, step, selector);
      if (!result.ok) return result;
      const said = result.value.map((row) => `${row.purpose} key ${row.kid} of ${row.owner} is ${row.state}`);
      return { ok: true, value: { said: said.join('; ') } };
    },
  });
}

const generate = trustAction({
  id: 'trustKeyGenerate',
  path: '/trust/keys/generate',
  summary:
    'Make a feedback key of the gateway, in a file of its data directory. A key in a token or a vault is taken by the command line (key generate --signer)',
  input: {
    kid: z
      .string()
      .min(1)
      .max(64)
      .nullable()
      .default(null)
      .meta({ description: 'null: the RFC 7638 thumbprint' }),
    tenants: z.array(tenantId).min(1).max(1000).nullable().default(null).meta({ description: 'null: all' }),
    active: z
      .boolean()
      .default(false)
      .meta({ description: 'It signs at once: peers that do not know it refuse what it signs' }),
    not_before: moment.nullable().default(null),
    not_after: moment.nullable().default(null),
  },
  fields: FIELDS,
  run: async ({ db, author, rehearsal }, input, context) => {
    const made: UndoableKey | null = rehearsal
      ? { ...standInKey(), undo: () => undefined }
      : await makeUndoableKey(context.gateway.config.store.dataDir);
    if (made === null) {
      return { ok: false, code: 'key_file', detail: NO_FILE };
    }
    const result = await addFeedbackKey(db, author, {
      key: made.key,
      signerUri: made.uri,
      kid: input.kid ?? undefined,
      tenants: input.tenants ?? undefined,
      active: input.active,
      notBefore: input.not_before === null ? null : new Date(input.not_before),
      notAfter: input.not_after === null ? null : new Date(input.not_after),
    });
    if (!result.ok) {
      // Refused: nobody will ever sign with it. A fault may have come after the commit: then the file stays.
      made.undo();
      return result;
    }
    const { kid: given, domain, state } = result.value;
    const said = `feedback key ${given} of @gateway for ${domain?.join(', ') ?? 'all tenants'} is ${state}`;
    const standIn = rehearsal && input.kid === null ? given : undefined;
    return { ok: true, value: { said, besides: [MADE_HERE], standIn } };
  },
});

export const keyActions: readonly ConsoleRoute[] = [
  ...generate,
  ...move('activate', 'Let a pending key verify, and sign if it is the gateway’s'),
  ...move('retire', 'Let an active key still verify, and no longer sign'),
  ...move(
    'revoke',
    'End a key at once, on every gateway; it never comes back. Without owner and purpose under every name that it has',
  ),
];
