import type { Statement } from '../store/database.ts';
import type { Source } from './change-identity.ts';
import { refuse, type TrustTransaction } from './trust-change.ts';
import { requireOperator, requireTenant } from './trust-forms.ts';
import type { TenantState } from './trust-snapshot.ts';

const SELECT_TENANT: Statement = {
  name: 'trust-select-tenant-v1',
  text: 'SELECT tenant_id, state FROM tenants WHERE tenant_id = $1',
};
const INSERT_TENANT: Statement = {
  name: 'trust-insert-tenant-v2',
  text: `INSERT INTO tenants (tenant_id, name, state, created_at) VALUES ($1, $3, 'active', $2)`,
};
const UPDATE_TENANT_STATE: Statement = {
  name: 'trust-update-tenant-state-v1',
  text: 'UPDATE tenants SET state = $2 WHERE tenant_id = $1',
};
const SELECT_MAPPING: Statement = {
  name: 'trust-select-mapping-v1',
  text: 'SELECT operator_id, tenant_id, source FROM operator_tenants WHERE operator_id = $1',
};
const INSERT_MAPPING: Statement = {
  name: 'trust-insert-mapping-v1',
  text: 'INSERT INTO operator_tenants (operator_id, tenant_id, source, created_at) VALUES ($1, $2, $3, $4)',
};
const UPDATE_MAPPING: Statement = {
  name: 'trust-update-mapping-v1',
  text: 'UPDATE operator_tenants SET tenant_id = $2, source = $3 WHERE operator_id = $1',
};
const DELETE_MAPPING: Statement = {
  name: 'trust-delete-mapping-v1',
  text: 'DELETE FROM operator_tenants WHERE operator_id = $1',
};

const INSERT_TENANTS: Statement = {
  name: 'trust-insert-tenants-v1',
  text: `INSERT INTO tenants (tenant_id, name, state, created_at) SELECT tenant, NULL, 'active', $2
FROM unnest($1::text[]) AS tenant ON CONFLICT DO NOTHING RETURNING tenant_id`,
};
const INSERT_MAPPINGS: Statement = {
  name: 'trust-insert-mappings-v1',
  text: `INSERT INTO operator_tenants (operator_id, tenant_id, source, created_at)
SELECT operator, tenant, 'environment', $3 FROM unnest($1::text[], $2::text[]) AS mapping(operator, tenant)`,
};

export interface MappingRow {
  readonly operator_id: string;
  readonly tenant_id: string;
  readonly source: Source;
}

export async function findMapping(tx: TrustTransaction, operatorId: string): Promise<MappingRow | null> {
  const [row] = await tx.query<MappingRow>(SELECT_MAPPING, [operatorId]);
  return row ?? null;
}

export async function findTenantState(tx: TrustTransaction, tenantId: string): Promise<TenantState | null> {
  const [row] = await tx.query<{ state: TenantState }>(SELECT_TENANT, [tenantId]);
  return row?.state ?? null;
}

/** A tenant before its first operator: so that keys and limits can name it. The name is for people. */
export async function createTenant(
  tx: TrustTransaction,
  input: { readonly tenantId: string; readonly name: string | null },
): Promise<string> {
  const tenantId = requireTenant(input.tenantId);
  const state = await findTenantState(tx, tenantId);
  if (state !== null) return refuse('tenant_exists', `the tenant is there already (${state})`);
  await insertTenant(tx, tenantId, input.name);
  return tenantId;
}

async function insertTenant(tx: TrustTransaction, tenantId: string, name: string | null): Promise<void> {
  await tx.query(INSERT_TENANT, [tenantId, new Date(tx.author.nowMs), name]);
  tx.record({ action: 'tenant.create', subject: tenantId, tenantId });
}

/**
 * Maps an operator to a tenant; the tenant is created where it is new. An operator that is mapped to another
 * tenant is refused unless `move` is set: a slip of the hand must not send events into another tenant.
 * Returns whether anything was written.
 */
export async function mapOperator(
  tx: TrustTransaction,
  input: { readonly operatorId: string; readonly tenantId: string; readonly move: boolean },
  source: Source,
): Promise<boolean> {
  const operatorId = requireOperator(input.operatorId);
  const tenantId = requireTenant(input.tenantId);
  const present = await findMapping(tx, operatorId);
  if (present?.tenant_id === tenantId) return false;
  if (present !== null && !input.move) {
    return refuse(
      'operator_mapped',
      `the operator is mapped to ${present.tenant_id}; moving it has to be said`,
    );
  }
  if ((await findTenantState(tx, tenantId)) === null) {
    await insertTenant(tx, tenantId, null);
  }
  if (present === null) {
    await tx.query(INSERT_MAPPING, [operatorId, tenantId, source, new Date(tx.author.nowMs)]);
  } else {
    await tx.query(UPDATE_MAPPING, [operatorId, tenantId, source]);
  }
  tx.record({ action: 'tenant.map', subject: operatorId, operatorId, tenantId });
  return true;
}

/**
 * Many mappings of operators that have none, in two statements: a first start may declare thousands, and commits
 * wait for the lock meanwhile.
 */
export async function insertMappings(
  tx: TrustTransaction,
  mappings: readonly { readonly operatorId: string; readonly tenantId: string }[],
): Promise<void> {
  if (mappings.length === 0) return;
  const operators = mappings.map((mapping) => requireOperator(mapping.operatorId));
  const tenants = mappings.map((mapping) => requireTenant(mapping.tenantId));
  const now = new Date(tx.author.nowMs);
  const created = await tx.query<{ tenant_id: string }>(INSERT_TENANTS, [[...new Set(tenants)].sort(), now]);
  for (const { tenant_id: tenantId } of created) {
    tx.record({ action: 'tenant.create', subject: tenantId, tenantId });
  }
  await tx.query(INSERT_MAPPINGS, [operators, tenants, now]);
  for (const [index, operatorId] of operators.entries()) {
    const tenantId = tenants[index] ?? '';
    tx.record({ action: 'tenant.map', subject: operatorId, operatorId, tenantId });
  }
}

/** Ends a mapping at once; returns the tenant that it led to. */
export async function unmapOperator(tx: TrustTransaction, operatorId: string): Promise<string> {
  const present = await findMapping(tx, requireOperator(operatorId));
  if (present === null) return refuse('operator_unknown', 'no tenant is mapped to this operator');
  await tx.query(DELETE_MAPPING, [operatorId]);
  tx.record({ action: 'tenant.unmap', subject: operatorId, operatorId, tenantId: present.tenant_id });
  return present.tenant_id;
}

/** A suspended tenant is refused everywhere at once. */
export async function setTenantState(tx: TrustTransaction, name: string, state: TenantState): Promise<void> {
  const tenantId = requireTenant(name);
  const present = await findTenantState(tx, tenantId);
  if (present === null)
    return refuse('tenant_unknown', 'no such tenant; "tenant create" or its first mapping makes it');
  if (present === state) return refuse('tenant_unchanged', `the tenant is ${state} already`);
  await tx.query(UPDATE_TENANT_STATE, [tenantId, state]);
  tx.record({ action: state === 'active' ? 'tenant.resume' : 'tenant.suspend', subject: tenantId, tenantId });
}
