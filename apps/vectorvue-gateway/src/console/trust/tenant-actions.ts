import { z } from 'zod';
import type { TrustRefusalCode } from '../../trust/trust-change.ts';
import type { TenantState } from '../../trust/trust-snapshot.ts';
import { addTenant, changeTenantState, mapTenant, unmapTenant } from '../../trust/trust-store.ts';
import { tenantId } from '../filters.ts';
import type { ConsoleRoute } from '../route.ts';
import { trustAction } from './action.ts';

const operator = z.string().min(1, 'which operator').max(512);

/** An operator's name is any text; what nobody can type is not asked for. */
function typable(name: string, word: string): string {
  return /^[\x21-\x7e]{1,128}$/.test(name) ? name : word;
}

const FIELDS: Partial<Record<TrustRefusalCode, string>> = {
  operator_invalid: 'operator',
  operator_mapped: 'move',
  operator_unknown: 'operator',
  tenant_exists: 'tenant',
  tenant_invalid: 'tenant',
  tenant_unchanged: 'tenant',
  tenant_unknown: 'tenant',
};

const create = trustAction({
  id: 'trustTenantCreate',
  path: '/trust/tenants/create',
  summary: 'Make a tenant before its first operator is mapped',
  input: { tenant: tenantId, name: z.string().trim().min(1).max(256).nullable().default(null) },
  fields: FIELDS,
  run: async ({ db, author }, { tenant, name }) => {
    const result = await addTenant(db, author, { tenantId: tenant, name });
    return result.ok ? { ok: true, value: { said: `tenant ${tenant} is active` } } : result;
  },
});

function changeState(word: 'Suspend' | 'Resume', state: TenantState, summary: string) {
  return trustAction({
    id: `trustTenant${word}`,
    path: `/trust/tenants/${word.toLowerCase()}`,
    summary,
    input: { tenant: tenantId },
    typed: (input) => (state === 'suspended' ? input.tenant : null),
    fields: FIELDS,
    run: async ({ db, author }, { tenant }) => {
      const result = await changeTenantState(db, author, { tenantId: tenant, state });
      return result.ok ? { ok: true, value: { said: `tenant ${tenant} is ${state}` } } : result;
    },
  });
}

const map = trustAction({
  id: 'trustMap',
  path: '/trust/mappings/map',
  summary:
    'Map an operator to a tenant, which is made if it is new; one that belongs to another only with `move`',
  input: { operator, tenant: tenantId, move: z.boolean().default(false) },
  typed: (input) => (input.move ? typable(input.operator, 'move') : null),
  fields: FIELDS,
  run: async ({ db, author }, { operator: operatorId, tenant, move }) => {
    const result = await mapTenant(db, author, { operatorId, tenantId: tenant, move });
    if (!result.ok) return result;
    const as = result.value.changed ? '' : ', as before';
    return { ok: true, value: { said: `operator ${operatorId} is mapped to tenant ${tenant}${as}` } };
  },
});

const unmap = trustAction({
  id: 'trustUnmap',
  path: '/trust/mappings/unmap',
  summary: 'End the mapping of an operator at once, on every gateway',
  input: { operator },
  typed: (input) => typable(input.operator, 'unmap'),
  fields: FIELDS,
  run: async ({ db, author }, { operator: operatorId }) => {
    const result = await unmapTenant(db, author, { operatorId });
    if (!result.ok) return result;
    const { tenantId: of } = result.value;
    return { ok: true, value: { said: `operator ${operatorId} is no longer mapped to tenant ${of}` } };
  },
});

export const tenantActions: readonly ConsoleRoute[] = [
  ...create,
  ...changeState('Suspend', 'suspended', 'Refuse everything of a tenant at once, on every gateway'),
  ...changeState('Resume', 'active', 'Accept from a suspended tenant again'),
  ...map,
  ...unmap,
];
