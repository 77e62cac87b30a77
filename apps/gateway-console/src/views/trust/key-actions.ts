import type { Action } from './action-dialog.tsx';
import type { KeyRow } from './keys.tsx';

export const GENERATE: Action = {
  action: 'keys/generate',
  title: 'Make a feedback key',
  tone: 'primary',
  about: 'A new key that this gateway signs feedback with. Its private half never leaves the gateway.',
  fields: [
    { name: 'kid', label: 'Name', kind: 'text', hint: 'Empty: named by its thumbprint.' },
    {
      name: 'tenants',
      label: 'Tenants',
      kind: 'list',
      hint: 'It signs for these and no other. Empty: for all.',
    },
    { name: 'not_after', label: 'Valid until', kind: 'time', hint: 'Empty: without end.' },
    {
      name: 'active',
      label: 'Let it sign at once',
      kind: 'flag',
      hint: 'Peers that do not know it yet refuse what it signs. Else it is pending until you activate it.',
    },
  ],
};

/** What can be done to an entry in its state. */
export function actionsOf(row: KeyRow): readonly Action[] {
  const input = { kid: row.kid, owner: row.owner, purpose: row.purpose };
  const activate: Action = { action: 'keys/activate', title: 'Activate', tone: 'primary', input };
  const retire: Action = {
    action: 'keys/retire',
    title: 'Retire',
    input,
    about: 'It still verifies, and no longer signs.',
  };
  const revoke: Action = {
    action: 'keys/revoke',
    title: 'Revoke',
    tone: 'danger',
    input,
    about: 'It is refused at once, on every gateway, and never comes back.',
  };
  switch (row.state) {
    case 'pending':
      return [activate, revoke];
    case 'active':
      return [retire, revoke];
    case 'retiring':
      return [revoke];
    case 'revoked':
      return [];
  }
}

/** Who has the private key has it everywhere. */
export function revokeEverywhere(kid: string): Action {
  return {
    action: 'keys/revoke',
    title: 'Revoke everywhere',
    tone: 'danger',
    input: { kid },
    about: 'Every entry that holds this public key ends, whoever owns it and whatever it is called.',
  };
}
