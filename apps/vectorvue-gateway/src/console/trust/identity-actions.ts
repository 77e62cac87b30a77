import { z } from 'zod';
import type { TrustRefusalCode } from '../../trust/trust-change.ts';
import type { IdentityState } from '../../trust/trust-snapshot.ts';
import { changeIdentityState, pinIdentity, pinNext, unpinIdentity } from '../../trust/trust-store.ts';
import { moment } from '../filters.ts';
import type { ConsoleRoute } from '../route.ts';
import { trustAction } from './action.ts';

const identity = z.string().min(1, 'which identity').max(256);
const sha256 = z
  .string()
  .min(1, 'the SHA-256 of the certificate')
  .max(256)
  .meta({ description: 'SHA-256 of the DER certificate, 64 hex digits without colons' });

const FIELDS: Partial<Record<TrustRefusalCode, string>> = {
  identity_invalid: 'identity',
  identity_unknown: 'identity',
  identity_unchanged: 'identity',
  pin_exists: 'sha256',
  pin_invalid: 'sha256',
  pin_unknown: 'sha256',
  validity_invalid: 'not_after',
};

const pin = trustAction({
  id: 'trustIdentityPin',
  path: '/trust/identities/pin',
  summary:
    'Pin a certificate to an identity, which is declared if it is new; with `next` beside the present one, and never to a new name',
  input: {
    identity,
    sha256,
    next: z
      .boolean()
      .default(false)
      .meta({ description: 'The certificate that comes after the present one, which stays' }),
    not_before: moment.nullable().default(null),
    not_after: moment.nullable().default(null),
  },
  fields: FIELDS,
  run: async ({ db, author }, input) => {
    const validity = { notBefore: dateOf(input.not_before), notAfter: dateOf(input.not_after) };
    const pinned = { identity: input.identity, sha256: input.sha256, ...validity };
    const result = input.next
      ? await pinNext(db, author, pinned)
      : await pinIdentity(db, author, { ...pinned, limits: null });
    if (!result.ok) return result;
    const hex = input.sha256.trim().toLowerCase();
    return { ok: true, value: { said: `pinned ${hex} to ${input.identity}` } };
  },
});

const unpin = trustAction({
  id: 'trustIdentityUnpin',
  path: '/trust/identities/unpin',
  summary: 'End a pin at once, on every gateway; its connections end',
  input: { identity, sha256 },
  typed: (input) => input.identity,
  fields: FIELDS,
  run: async ({ db, author }, input) => {
    const result = await unpinIdentity(db, author, input);
    if (!result.ok) return result;
    return {
      ok: true,
      value: { said: `unpinned ${input.sha256.trim().toLowerCase()} from ${input.identity}` },
    };
  },
});

function changeState(word: 'Suspend' | 'Resume', state: IdentityState, summary: string) {
  return trustAction({
    id: `trustIdentity${word}`,
    path: `/trust/identities/${word.toLowerCase()}`,
    summary,
    input: { identity },
    typed: (input) => (state === 'suspended' ? input.identity : null),
    fields: FIELDS,
    run: async ({ db, author }, input) => {
      const result = await changeIdentityState(db, author, { identity: input.identity, state });
      return result.ok ? { ok: true, value: { said: `identity ${input.identity} is ${state}` } } : result;
    },
  });
}

function dateOf(text: string | null): Date | null {
  return text === null ? null : new Date(text);
}

export const identityActions: readonly ConsoleRoute[] = [
  ...pin,
  ...unpin,
  ...changeState(
    'Suspend',
    'suspended',
    'Refuse everything of an identity at once, on every gateway, until it is resumed',
  ),
  ...changeState('Resume', 'active', 'Accept from a suspended identity again'),
];
