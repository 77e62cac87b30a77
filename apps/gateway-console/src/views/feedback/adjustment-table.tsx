import { useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { type List, useList } from '../../api/hooks.ts';
import type { Item, Query } from '../../api/types.ts';
import { State } from '../../components/badge.tsx';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { Text } from '../../components/text.tsx';
import { Time } from '../../components/time.tsx';
import { ActionBadge, causeOf, StateBadge } from './words.tsx';

export const ADJUSTMENTS = '/adjustments';
export type Adjustment = Item<typeof ADJUSTMENTS>;

const COLUMNS: readonly Column<Adjustment>[] = [
  {
    id: 'target',
    title: 'Target',
    card: 'title',
    width: 'minmax(8rem, 2fr)',
    cell: (row) => <Text value={row.target_urn} most={120} />,
  },
  { id: 'action', title: 'Action', width: '6.5rem', cell: (row) => <ActionBadge action={row.action} /> },
  {
    id: 'confidence',
    title: 'Confidence',
    width: '5.5rem',
    align: 'end',
    cell: (row) => row.confidence.toFixed(2),
  },
  { id: 'state', title: 'State', width: '8rem', cell: (row) => <StateBadge state={row.state} /> },
  { id: 'effect', title: 'Policy', width: '4.5rem', cell: (row) => row.effect },
  {
    id: 'cause',
    title: 'Caused by',
    width: 'minmax(6.5rem, 1.5fr)',
    cell: (row) => <Text value={causeOf(row)} most={80} />,
  },
  { id: 'issued', title: 'Issued', width: '9.5rem', cell: (row) => <Time at={row.issued_at} /> },
  {
    id: 'ends',
    title: 'Ends',
    width: '9.5rem',
    cell: (row) => <Time at={row.withdrawn_at ?? row.expires_at} />,
  },
];

/** Adjustments as rows; each opens its page. */
export function AdjustmentRows({
  list,
  empty,
}: {
  readonly list: List<Adjustment>;
  readonly empty: ReactNode;
}) {
  const navigate = useNavigate();
  return (
    <DataTable
      label="Adjustments"
      columns={COLUMNS}
      list={list}
      rowKey={(row) => `${row.tenant_id}/${row.adjustment_id}`}
      onOpen={(row) =>
        void navigate({
          to: '/feedback/adjustments/$tenant/$number',
          params: { tenant: row.tenant_id, number: String(row.adjustment_id) },
        })
      }
      empty={empty}
    />
  );
}

/** The same, asked for by fixed filters: what belongs to a graph, an event, a target. */
export function AdjustmentTable({ filters, empty }: { readonly filters: Query; readonly empty: ReactNode }) {
  return <AdjustmentRows list={useList(ADJUSTMENTS, filters)} empty={empty} />;
}

/** Marks the one that counts for its target. */
export function BindingBadge() {
  return <State tone="info">counts now</State>;
}
