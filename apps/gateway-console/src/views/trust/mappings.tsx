import { useNavigate } from '@tanstack/react-router';
import { useList } from '../../api/hooks.ts';
import { useMay } from '../../api/session.ts';
import type { Item } from '../../api/types.ts';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { ExportMenu } from '../../components/export-menu.tsx';
import { FilterBar } from '../../components/filter-bar.tsx';
import type { FilterField } from '../../components/filter-fields.ts';
import { Id } from '../../components/id.tsx';
import { Text } from '../../components/text.tsx';
import { Time } from '../../components/time.tsx';
import { useFilters } from '../../shell/use-filters.ts';
import { ActionButton } from './action-dialog.tsx';
import { TrustSection } from './section.tsx';
import { MAP } from './tenant-actions.ts';
import { TenantState } from './tenants.tsx';

const PATH = '/trust/mappings';
type Row = Item<typeof PATH>;

const FILTERS: readonly FilterField[] = [
  { name: 'operator', label: 'Operator begins with' },
  { name: 'tenant', label: 'Tenant' },
];

const COLUMNS: readonly Column<Row>[] = [
  {
    id: 'operator',
    title: 'Operator',
    width: 'minmax(10rem, 2fr)',
    card: 'title',
    cell: (row) => <Text value={row.operator_id} most={128} />,
  },
  {
    id: 'tenant',
    title: 'Tenant',
    width: 'minmax(10rem, 2fr)',
    cell: (row) =>
      row.tenant_name === null ? (
        <Id value={row.tenant_id} what="tenant" bare />
      ) : (
        <Text value={row.tenant_name} />
      ),
  },
  { id: 'state', title: 'Tenant is', width: '8rem', cell: (row) => <TenantState state={row.tenant_state} /> },
  { id: 'source', title: 'Came from', width: '8rem', cell: (row) => row.source },
  { id: 'since', title: 'Since', width: '12rem', cell: (row) => <Time at={row.created_at} /> },
];

/** Which operator belongs to which tenant; Enter leads to the tenant, where a mapping is ended. */
export function Mappings() {
  const { values } = useFilters();
  const list = useList(PATH, values);
  const navigate = useNavigate();
  const mayChange = useMay('officer');
  return (
    <TrustSection
      title="Mappings"
      about="Which operator belongs to which tenant. Whoever is not here is refused (operator_not_mapped)."
      actions={
        <>
          <ExportMenu path={PATH} query={values} />
          {mayChange && <ActionButton of={MAP} />}
        </>
      }
    >
      <FilterBar fields={FILTERS} error={list.error} />
      <DataTable
        label="Mappings"
        columns={COLUMNS}
        list={list}
        rowKey={(row) => row.operator_id}
        onOpen={(row) => void navigate({ to: '/trust/tenants/$tenant', params: { tenant: row.tenant_id } })}
        empty={<EmptyState title="No operator like that is mapped" />}
      />
    </TrustSection>
  );
}
