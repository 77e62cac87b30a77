import type { ActionField } from './action-body.ts';
import type { Action } from './action-dialog.tsx';

const TENANT: ActionField = {
  name: 'tenant',
  label: 'Tenant',
  kind: 'text',
  hint: 'The key of this tenant. Empty: the general one.',
};
const OVERLAP: ActionField = {
  name: 'overlap_seconds',
  label: 'Old key taken for, days',
  kind: 'days',
  initial: '7',
  required: true,
};
const CONFIRM: ActionField = {
  name: 'confirm_seconds',
  label: 'Alert if not confirmed within, days',
  kind: 'days',
  initial: '3',
  required: true,
};

export const ROTATE: Action = {
  action: 'rotations/rotate',
  title: 'Rotate a key',
  tone: 'primary',
  about: 'Makes the next key and tells the agents. It signs once they have confirmed it: then go on here.',
  fields: [
    TENANT,
    OVERLAP,
    CONFIRM,
    { name: 'again', label: 'Begin another one although the last has not come to its end', kind: 'flag' },
  ],
};

export const SCHEDULE: Action = {
  action: 'rotations/schedule',
  title: 'Set a schedule',
  about: 'Gateways rotate the key by themselves this often.',
  fields: [
    TENANT,
    { name: 'every_seconds', label: 'Every, days', kind: 'days', hint: 'Empty: no more.' },
    OVERLAP,
    CONFIRM,
  ],
};

/** With what was begun; `force`: although an agent has not confirmed. */
export function goOn(tenant: string | null, force: boolean): Action {
  return {
    action: 'rotations/rotate',
    title: force ? 'Force' : 'Go on',
    tone: force ? 'danger' : 'primary',
    input: { tenant, force },
    ...(force
      ? { about: 'It signs although an agent has not confirmed it: that agent refuses what it signs.' }
      : {}),
  };
}
