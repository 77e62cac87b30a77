import type { KeyState } from './trust-snapshot.ts';

export type KeyStep = 'activate' | 'retire' | 'revoke';

type Transition = { readonly ok: true; readonly to: KeyState } | { readonly ok: false; readonly why: string };

const to = (state: KeyState): Transition => ({ ok: true, to: state });
const no = (why: string): Transition => ({ ok: false, why });

/** PROTOCOL.md section 15: pending -> active -> retiring -> revoked; every state may be revoked, none is left backwards. */
const TRANSITIONS: { readonly [Step in KeyStep]: { readonly [From in KeyState]: Transition } } = {
  activate: {
    pending: to('active'),
    active: no('the key is active already'),
    retiring: no('a key that is being retired does not come back; import a new key'),
    revoked: no('a revoked key never comes back; import a new key'),
  },
  retire: {
    pending: no('the key was never active; revoke it instead'),
    active: to('retiring'),
    retiring: no('the key is being retired already'),
    revoked: no('the key is revoked, which is more than retired'),
  },
  revoke: {
    pending: to('revoked'),
    active: to('revoked'),
    retiring: to('revoked'),
    revoked: no('the key is revoked already'),
  },
};

/** What a step makes of a key, or why it cannot be made. */
export function nextKeyState(from: KeyState, step: KeyStep): Transition {
  return TRANSITIONS[step][from];
}
