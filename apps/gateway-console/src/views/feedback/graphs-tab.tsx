import { useNavigate } from '@tanstack/react-router';
import { useList } from '../../api/hooks.ts';
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
import styles from './feedback.module.css';

export const GRAPHS = '/graphs';
export type ListedGraph = Item<typeof GRAPHS>;

const FIELDS: readonly FilterField[] = [
  { name: 'target', label: 'Target', placeholder: 'urn:target:…' },
  { name: 'operator', label: 'Operator' },
  { name: 'fingerprint', label: 'Execution', placeholder: '64 hex digits' },
  { name: 'from', label: 'From', kind: 'time' },
  { name: 'to', label: 'To', kind: 'time' },
];

export const GRAPH_COLUMNS: readonly Column<ListedGraph>[] = [
  {
    id: 'target',
    title: 'Target',
    card: 'title',
    width: 'minmax(12rem, 3fr)',
    cell: (row) => <Text value={row.target_urn} most={120} />,
  },
  {
    id: 'nodes',
    title: 'Nodes',
    width: '5rem',
    align: 'end',
    cell: (row) => row.node_count.toLocaleString(),
  },
  {
    id: 'caused',
    title: 'Adjustments',
    width: '7rem',
    align: 'end',
    cell: (row) => row.adjustments.toLocaleString(),
  },
  {
    id: 'operator',
    title: 'Operator',
    width: 'minmax(7rem, 1fr)',
    cell: (row) => <Text value={row.operator_id} most={60} />,
  },
  {
    id: 'execution',
    title: 'Execution',
    width: '9rem',
    cell: (row) => <Id value={row.execution_fingerprint} what="fingerprint" bare />,
  },
  { id: 'accepted', title: 'Accepted', width: '11rem', cell: (row) => <Time at={row.accepted_at} /> },
];

export function GraphsTab() {
  const navigate = useNavigate();
  const { values: query } = useFilters('tenant', ...FIELDS.map((field) => field.name));
  const list = useList(GRAPHS, query);
  return (
    <div className={styles.tab}>
      <div className={styles.bar}>
        <div className={styles.filters}>
          <FilterBar fields={FIELDS} error={list.error} />
        </div>
        <div className={styles.actions}>
          <ExportMenu path={GRAPHS} query={query} />
        </div>
      </div>
      <DataTable
        label="Graphs"
        columns={GRAPH_COLUMNS}
        list={list}
        rowKey={(row) => `${row.tenant_id}/${row.request_id}`}
        onOpen={(row) =>
          void navigate({
            to: '/feedback/graphs/$tenant/$request',
            params: { tenant: row.tenant_id, request: row.request_id },
          })
        }
        empty={
          <EmptyState title="No execution graphs">
            Agents send one after an execution (“graph push”, or the loop command). Without any, only findings
            and analysts cause adjustments.
          </EmptyState>
        }
      />
    </div>
  );
}
