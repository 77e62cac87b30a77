import { useNavigate } from '@tanstack/react-router';
import { useList } from '../../api/hooks.ts';
import type { Item } from '../../api/types.ts';
import { Severity } from '../../components/badge.tsx';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { EmptyState, Loading } from '../../components/empty-state.tsx';
import { ExportMenu } from '../../components/export-menu.tsx';
import { FilterBar } from '../../components/filter-bar.tsx';
import type { FilterField } from '../../components/filter-fields.ts';
import { Page } from '../../components/page.tsx';
import { Text } from '../../components/text.tsx';
import { Time } from '../../components/time.tsx';
import { useFilters } from '../../shell/use-filters.ts';
import { COMMON_FIELDS } from '../events/fields.ts';
import { useSearchOn } from '../events/search-on.ts';
import { Techniques } from '../events/techniques.tsx';
import { Status } from './status.tsx';

type Finding = Item<'/findings'>;

const FIELDS: readonly FilterField[] = [
  {
    name: 'status',
    label: 'Status',
    kind: 'select',
    options: ['open', 'triaged', 'closed', 'suppressed'].map((value) => ({ value, label: value })),
  },
  ...COMMON_FIELDS,
];

const COLUMNS: readonly Column<Finding>[] = [
  { id: 'time', title: 'Last seen', width: '10rem', cell: (row) => <Time at={row.last_seen} /> },
  { id: 'severity', title: 'Severity', width: '6.5rem', cell: (row) => <Severity value={row.severity} /> },
  { id: 'status', title: 'Status', width: '7rem', cell: (row) => <Status value={row.status} /> },
  { id: 'type', title: 'Type', card: 'title', cell: (row) => <Text value={row.event_type} most={64} /> },
  {
    id: 'target',
    title: 'Target',
    width: 'minmax(0, 1.5fr)',
    cell: (row) => <Text value={row.asset_ref ?? row.target_urn ?? '–'} most={120} />,
  },
  { id: 'techniques', title: 'Techniques', cell: (row) => <Techniques of={row.techniques} /> },
  { id: 'campaign', title: 'Campaign', cell: (row) => <Text value={row.campaign_id} most={60} /> },
  {
    id: 'reason',
    title: 'Reason of its status',
    cell: (row) => <Text value={row.reason ?? '–'} most={80} />,
  },
];

/** What the events mean: what is grave, or failed. */
export function Findings() {
  const navigate = useNavigate();
  const filters = useFilters();
  const list = useList('/findings', filters.values);
  const isSearching = useSearchOn(list);
  const isFiltered = Object.keys(filters.values).length > 0;
  return (
    <Page
      title="Findings"
      about="Events of high or critical severity, and failures; last seen first. An open or triaged one can change the policy of agents."
      actions={<ExportMenu path="/findings" query={filters.values} />}
    >
      <FilterBar fields={FIELDS} error={list.error} />
      {isSearching ? (
        <Loading what="Loading: looking further back" />
      ) : (
        <DataTable
          label="Findings"
          columns={COLUMNS}
          list={list}
          rowKey={(row) => `${row.tenant_id} ${row.operator_id} ${row.finding_id}`}
          onOpen={(row) =>
            void navigate({
              to: '/findings/one',
              search: { tenant: row.tenant_id, operator: row.operator_id, finding: row.finding_id },
            })
          }
          empty={
            isFiltered ? (
              <EmptyState title="No finding matches">
                Take a filter away, or widen the time. Findings are listed by when they were last seen.
              </EmptyState>
            ) : (
              <EmptyState title="No finding yet">
                An event becomes a finding when it is of high or critical severity, or its type says that
                something failed.
              </EmptyState>
            )
          }
        />
      )}
    </Page>
  );
}
