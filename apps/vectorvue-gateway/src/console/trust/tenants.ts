import { PAGE_OF_MAPPINGS, PAGE_OF_TENANTS } from '../../store/sql/console-trust.ts';
import type { TenantState } from '../../trust/trust-snapshot.ts';
import { exactText, tenantId } from '../filters.ts';
import { listRoute } from '../list-route.ts';
import { EVERY_ROLE } from '../roles.ts';
import { faultOfCursor, iso, readPage } from './pages.ts';
import { mappingItem, standingState, tenantItem } from './schemas.ts';

interface TenantRow {
  readonly tenant_id: string;
  readonly name: string | null;
  readonly state: TenantState;
  readonly operators: number;
  readonly open_findings: number;
  readonly last_event_at: Date | null;
  readonly created_at: string;
}

export const tenantsRoute = listRoute({
  id: 'trustTenants',
  path: '/trust/tenants',
  summary: 'Tenants: their state, who is mapped to them, and when they were last heard of; newest first',
  roles: EVERY_ROLE,
  filters: { tenant: tenantId.optional(), state: standingState.optional() },
  item: tenantItem,
  fileName: 'tenants',
  list: async (context, { tenant, state = null }, page) => {
    const fault = faultOfCursor(page.after);
    if (fault !== null) return fault;
    const { rows, next } = await context.read(tenant, (db) =>
      readPage<TenantRow>(db, PAGE_OF_TENANTS, page, [state], (row) => row.tenant_id),
    );
    const items = rows.map((row) => ({ ...row, last_event_at: iso(row.last_event_at) }));
    return { ok: true, value: { items, next } };
  },
});

interface MappingRow {
  readonly operator_id: string;
  readonly tenant_id: string;
  readonly tenant_name: string | null;
  readonly tenant_state: TenantState;
  readonly source: string;
  readonly created_at: string;
}

export const mappingsRoute = listRoute({
  id: 'trustMappings',
  path: '/trust/mappings',
  summary: 'Which operator belongs to which tenant; newest first',
  roles: EVERY_ROLE,
  filters: {
    tenant: tenantId.optional(),
    operator: exactText().optional().meta({ description: 'Beginning of the operator id' }),
  },
  item: mappingItem,
  fileName: 'mappings',
  list: async (context, { tenant, operator = null }, page) => {
    const fault = faultOfCursor(page.after);
    if (fault !== null) return fault;
    const { rows, next } = await context.read(tenant, (db) =>
      readPage<MappingRow>(db, PAGE_OF_MAPPINGS, page, [operator], (row) => row.operator_id),
    );
    return { ok: true, value: { items: [...rows], next } };
  },
});
