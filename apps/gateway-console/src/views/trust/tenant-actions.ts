import type { ActionField } from './action-body.ts';
import type { Action } from './action-dialog.tsx';

const TENANT: ActionField = {
  name: 'tenant',
  label: 'Tenant',
  kind: 'text',
  required: true,
  hint: 'Its UUID.',
};

export const CREATE: Action = {
  action: 'tenants/create',
  title: 'Make a tenant',
  tone: 'primary',
  fields: [
    TENANT,
    { name: 'name', label: 'Name', kind: 'text', hint: 'For people. Nothing is decided by it.' },
  ],
};

const OPERATOR: ActionField = { name: 'operator', label: 'Operator', kind: 'text', required: true };
const MOVE: ActionField = {
  name: 'move',
  label: 'It belongs to another tenant now, and that is to change',
  kind: 'flag',
};

export const MAP: Action = {
  action: 'mappings/map',
  title: 'Map an operator',
  tone: 'primary',
  about: 'Events of the operator belong to the tenant from then on.',
  fields: [OPERATOR, TENANT, MOVE],
};

export function mapTo(tenant: string): Action {
  return { ...MAP, input: { tenant }, fields: [OPERATOR, MOVE] };
}

export function unmap(operator: string): Action {
  return {
    action: 'mappings/unmap',
    title: 'Unmap',
    tone: 'danger',
    input: { operator },
    about: 'Its events are refused at once, on every gateway.',
  };
}

export function changeState(tenant: string, state: 'active' | 'suspended'): Action {
  return state === 'active'
    ? {
        action: 'tenants/suspend',
        title: 'Suspend',
        tone: 'danger',
        input: { tenant },
        about: 'Everything of this tenant is refused at once, on every gateway, until it is resumed.',
      }
    : { action: 'tenants/resume', title: 'Resume', tone: 'primary', input: { tenant } };
}
