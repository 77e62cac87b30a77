import { useNavigate } from '@tanstack/react-router';
import { useList } from '../../api/hooks.ts';
import { useMay } from '../../api/session.ts';
import type { Item } from '../../api/types.ts';
import { State } from '../../components/badge.tsx';
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
import { CREATE } from './tenant-actions.ts';

const PATH = '/trust/tenants';
export type TenantRow = Item<typeof PATH>;

const FILTERS: readonly FilterField[] = [
  { name: 'tenant', label: 'Tenant' },
  {
    name: 'state',
    label: 'State',
    kind: 'select',
    options: [
      { value: 'active', label: 'active' },
      { value: 'suspended', label: 'suspended' },
    ],
  },
];

export function TenantState({ state }: { readonly state: TenantRow['state'] }) {
  return <State tone={state === 'active' ? 'ok' : 'bad'}>{state}</State>;
}

/** The gateway stops counting there. */
export function openFindings({ open_findings: count }: TenantRow): string {
  return count > 1000 ? 'more than 1,000' : count.toLocaleString();
}

const COLUMNS: readonly Column<TenantRow>[] = [
  {
    id: 'tenant',
    title: 'Tenant',
    width: 'minmax(12rem, 2fr)',
    card: 'title',
    cell: (row) =>
      row.name === null ? <Id value={row.tenant_id} what="tenant" bare /> : <Text value={row.name} />,
  },
  { id: 'id', title: 'Id', width: '9rem', cell: (row) => <Id value={row.tenant_id} what="tenant" bare /> },
  { id: 'state', title: 'State', width: '8rem', cell: (row) => <TenantState state={row.state} /> },
  {
    id: 'operators',
    title: 'Operators',
    width: '6rem',
    align: 'end',
    cell: (row) => row.operators.toLocaleString(),
  },
  { id: 'findings', title: 'Open findings', width: '8rem', align: 'end', cell: openFindings },
  {
    id: 'last',
    title: 'Last event',
    width: '12rem',
    cell: (row) => <Time at={row.last_event_at} none="never" />,
  },
];

export function Tenants() {
  const { values } = useFilters();
  const list = useList(PATH, values);
  const navigate = useNavigate();
  const mayChange = useMay('officer');
  return (
    <TrustSection
      title="Tenants"
      about="Whose events they are. A suspended tenant is refused everywhere at once; its agents keep what they have."
      actions={
        <>
          <ExportMenu path={PATH} query={values} />
          {mayChange && <ActionButton of={CREATE} />}
        </>
      }
    >
      <FilterBar fields={FILTERS} error={list.error} />
      <DataTable
        label="Tenants"
        columns={COLUMNS}
        list={list}
        rowKey={(row) => row.tenant_id}
        onOpen={(row) => void navigate({ to: '/trust/tenants/$tenant', params: { tenant: row.tenant_id } })}
        empty={
          <EmptyState title="No tenant like that">
            The first mapping of an operator makes one, too.
          </EmptyState>
        }
      />
    </TrustSection>
  );
}
