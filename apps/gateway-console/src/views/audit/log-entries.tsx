import { useNavigate } from '@tanstack/react-router';
import { useList } from '../../api/hooks.ts';
import type { Item } from '../../api/types.ts';
import { Severity, State } from '../../components/badge.tsx';
import { Button } from '../../components/button.tsx';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { ExportMenu } from '../../components/export-menu.tsx';
import { FilterBar } from '../../components/filter-bar.tsx';
import type { FilterField } from '../../components/filter-fields.ts';
import { Id } from '../../components/id.tsx';
import { Text } from '../../components/text.tsx';
import { Time } from '../../components/time.tsx';
import { useFilters } from '../../shell/use-filters.ts';
import styles from './audit.module.css';

type Entry = Item<'/audit/entries'>;

const CLASSES = ['decision', 'security', 'trust', 'administration', 'feedback'];

const FIELDS: readonly FilterField[] = [
  { name: 'sequence', label: 'Sequence' },
  { name: 'code', label: 'Code', placeholder: 'signature_invalid' },
  { name: 'action', label: 'Action', placeholder: 'telemetry' },
  { name: 'actor', label: 'Actor or identity' },
  {
    name: 'class',
    label: 'Class',
    kind: 'select',
    options: CLASSES.map((value) => ({ value, label: value })),
  },
  { name: 'request', label: 'Request id' },
  { name: 'from', label: 'From', kind: 'time' },
  { name: 'to', label: 'To', kind: 'time' },
];

const COLUMNS: readonly Column<Entry>[] = [
  { id: 'sequence', title: 'Sequence', width: '5rem', align: 'end', cell: (row) => row.sequence },
  { id: 'recorded', title: 'Recorded', width: '9.5rem', cell: (row) => <Time at={row.recorded_at} /> },
  {
    id: 'code',
    title: 'Code',
    card: 'title',
    width: 'minmax(8rem, 1.3fr)',
    cell: (row) => <Code row={row} />,
  },
  { id: 'class', title: 'Class', width: '6.5rem', cell: (row) => row.class },
  {
    id: 'action',
    title: 'Action',
    width: 'minmax(0, 1fr)',
    cell: (row) => <Text value={row.action} most={60} />,
  },
  {
    id: 'actor',
    title: 'Actor',
    width: 'minmax(0, 1.2fr)',
    cell: (row) => <Text value={row.actor} most={60} />,
  },
  {
    id: 'tenant',
    title: 'Tenant',
    width: '6.5rem',
    cell: (row) => (row.tenant === null ? '–' : <Id value={row.tenant} what="tenant" bare />),
  },
  {
    id: 'subject',
    title: 'Subject',
    width: 'minmax(0, 1.5fr)',
    cell: (row) => (row.subject === null ? '–' : <Text value={row.subject} most={60} />),
  },
];

function Code({ row }: { readonly row: Entry }) {
  if (row.pruned_by !== null) return <State tone="idle">pruned</State>;
  return (
    <span className={styles.code}>
      {row.level !== 'info' && row.level !== 'low' && <Severity value={row.level} />}
      <Text value={row.code} most={60} />
    </span>
  );
}

/** The log itself, searched. */
export function LogEntries() {
  const navigate = useNavigate();
  const { values: filters } = useFilters('tenant', ...FIELDS.map(({ name }) => name));
  const list = useList('/audit/entries', filters);
  return (
    <>
      <FilterBar fields={FIELDS} error={list.error} />
      <div className={styles.above}>
        <ExportMenu path="/audit/entries" query={filters} />
      </div>
      <DataTable
        label="Entries"
        columns={COLUMNS}
        list={list}
        rowKey={(row) => String(row.sequence)}
        onOpen={(row) =>
          void navigate({ to: '/audit/$sequence', params: { sequence: String(row.sequence) } })
        }
        empty={
          list.isMore ? (
            <EmptyState
              title="Nothing among the newest entries"
              action={
                <Button onClick={list.loadMore} disabled={list.isLoadingMore}>
                  {list.isLoadingMore ? 'Searching…' : 'Search further back'}
                </Button>
              }
            >
              A part of the log was searched, because it is long and little in it matches.
            </EmptyState>
          ) : (
            <EmptyState title="No entry matches">
              Text is compared exactly. Entries about no tenant are shown to operators and officers only.
            </EmptyState>
          )
        }
      />
    </>
  );
}
