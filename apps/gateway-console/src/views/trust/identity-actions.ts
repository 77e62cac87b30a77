import type { ActionField } from './action-body.ts';
import type { Action } from './action-dialog.tsx';

const SHA256: ActionField = {
  name: 'sha256',
  label: 'SHA-256 of the certificate',
  kind: 'text',
  required: true,
  hint: '64 hex digits without colons, of the DER. Read it out over another channel than the one it came by.',
};
const VALIDITY: readonly ActionField[] = [
  { name: 'not_before', label: 'Valid from', kind: 'time', hint: 'Empty: at once.' },
  { name: 'not_after', label: 'Valid until', kind: 'time', hint: 'Empty: until it is unpinned.' },
];

export const PIN: Action = {
  action: 'identities/pin',
  title: 'Pin a certificate',
  tone: 'primary',
  about: 'A name that is not known becomes a new identity, without limits.',
  fields: [{ name: 'identity', label: 'Identity', kind: 'text', required: true }, SHA256, ...VALIDITY],
};

export function pinNext(identity: string): Action {
  return {
    action: 'identities/pin',
    title: 'Pin the next certificate',
    tone: 'primary',
    input: { identity, next: true },
    about: 'The present one stays: switch the agent, then unpin the old one.',
    fields: [SHA256, ...VALIDITY],
  };
}

export function pinAgain(identity: string): Action {
  return { ...PIN, input: { identity }, about: 'It has no valid pin now.', fields: [SHA256, ...VALIDITY] };
}

export function unpin(identity: string, sha256: string): Action {
  return {
    action: 'identities/unpin',
    title: 'Unpin',
    tone: 'danger',
    input: { identity, sha256 },
    about: 'The certificate is refused at once, on every gateway, and its connections end.',
  };
}

export function changeState(identity: string, state: 'active' | 'suspended'): Action {
  return state === 'active'
    ? {
        action: 'identities/suspend',
        title: 'Suspend',
        tone: 'danger',
        input: { identity },
        about: 'Everything it sends is refused at once, on every gateway, until it is resumed.',
      }
    : { action: 'identities/resume', title: 'Resume', tone: 'primary', input: { identity } };
}
