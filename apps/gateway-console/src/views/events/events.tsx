import { useNavigate } from '@tanstack/react-router';
import { useList } from '../../api/hooks.ts';
import type { Item } from '../../api/types.ts';
import { Severity, State } from '../../components/badge.tsx';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { EmptyState, Loading } from '../../components/empty-state.tsx';
import { ExportMenu } from '../../components/export-menu.tsx';
import { FilterBar } from '../../components/filter-bar.tsx';
import { Id } from '../../components/id.tsx';
import { Page } from '../../components/page.tsx';
import { Text } from '../../components/text.tsx';
import { Time } from '../../components/time.tsx';
import { useFilters } from '../../shell/use-filters.ts';
import { COMMON_FIELDS } from './fields.ts';
import { useSearchOn } from './search-on.ts';
import { Techniques } from './techniques.tsx';

type Event = Item<'/events'>;

const COLUMNS: readonly Column<Event>[] = [
  { id: 'time', title: 'Accepted', width: '9.5rem', cell: (row) => <Time at={row.accepted_at} /> },
  { id: 'severity', title: 'Severity', width: '6rem', cell: (row) => <Severity value={row.severity} /> },
  {
    id: 'type',
    title: 'Type',
    width: 'minmax(0, 1.4fr)',
    card: 'title',
    cell: (row) => <Text value={row.event_type} most={64} />,
  },
  { id: 'target', title: 'Target', width: 'minmax(0, 1.5fr)', cell: (row) => <Target of={row} /> },
  { id: 'techniques', title: 'Techniques', cell: (row) => <Techniques of={row.techniques} /> },
  { id: 'campaign', title: 'Campaign', cell: (row) => <Text value={row.campaign_id} most={60} /> },
  {
    id: 'operator',
    title: 'Operator',
    width: '6.5rem',
    cell: (row) => <Text value={row.operator_id} most={40} />,
  },
  {
    id: 'fingerprint',
    title: 'Fingerprint',
    width: '9rem',
    card: 'hide',
    cell: (row) => <Id bare value={row.execution_hash} what="execution fingerprint" />,
  },
];

function Target({ of }: { readonly of: Event }) {
  return (
    <>
      <Text value={of.asset_ref ?? of.target_urn ?? '–'} most={120} />
      {of.fingerprint_verified === false && <State tone="bad">fingerprint differs</State>}
    </>
  );
}

/** Everything that was accepted. */
export function Events() {
  const navigate = useNavigate();
  const filters = useFilters();
  const list = useList('/events', filters.values);
  const isSearching = useSearchOn(list);
  const isFiltered = Object.keys(filters.values).length > 0;
  return (
    <Page
      title="Events"
      about="What agents reported and the gateway accepted, newest first. Each row opens its signed bytes and what proves them."
      actions={<ExportMenu path="/events" query={filters.values} />}
    >
      <FilterBar fields={COMMON_FIELDS} error={list.error} />
      {isSearching ? (
        <Loading what="Loading: looking further back" />
      ) : (
        <DataTable
          label="Events"
          columns={COLUMNS}
          list={list}
          rowKey={(row) => `${row.tenant_id} ${row.operator_id} ${row.event_id}`}
          onOpen={(row) =>
            void navigate({
              to: '/events/one',
              search: { tenant: row.tenant_id, operator: row.operator_id, event: row.event_id },
            })
          }
          empty={
            isFiltered ? (
              <EmptyState title="No event matches">
                Nothing that was accepted fits all of these filters. Take one away, or widen the time.
              </EmptyState>
            ) : (
              <EmptyState title="No event yet">
                As soon as an agent sends telemetry that passes every check, it stands here. What did not pass
                is under Refusals.
              </EmptyState>
            )
          }
        />
      )}
    </Page>
  );
}
