import { useNavigate } from '@tanstack/react-router';
import { useMemo } from 'react';
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
import { GENERATE } from './key-actions.ts';
import { KeyStateBadge } from './key-state.tsx';
import { LifeLegend, LifeLine } from './life-line.tsx';
import { axisOf, type Period } from './life-spans.ts';
import { TrustSection } from './section.tsx';

const PATH = '/trust/keys';
export type KeyRow = Item<typeof PATH>;

const options = (...values: readonly string[]) => values.map((value) => ({ value, label: value }));
const FILTERS: readonly FilterField[] = [
  { name: 'owner', label: 'Owner', placeholder: '@gateway, or an identity' },
  {
    name: 'purpose',
    label: 'Purpose',
    kind: 'select',
    options: options('telemetry', 'evidence', 'feedback', 'audit', 'witness'),
  },
  {
    name: 'state',
    label: 'State',
    kind: 'select',
    options: options('pending', 'active', 'retiring', 'revoked'),
  },
  { name: 'kid', label: 'kid begins with' },
  { name: 'tenant', label: 'Tenant' },
];

function columnsOf(axis: Period): readonly Column<KeyRow>[] {
  return [
    {
      id: 'kid',
      title: 'Key',
      width: 'minmax(9rem, 1.4fr)',
      card: 'title',
      cell: (row) => <Id value={row.kid} what="kid" bare />,
    },
    { id: 'owner', title: 'Owner', width: 'minmax(8rem, 1.2fr)', cell: (row) => <Text value={row.owner} /> },
    { id: 'purpose', title: 'Purpose', width: '6.5rem', cell: (row) => row.purpose },
    { id: 'state', title: 'State', width: '8rem', cell: (row) => <KeyStateBadge of={row} /> },
    {
      id: 'life',
      title: 'Life',
      width: 'minmax(8rem, 2fr)',
      cell: (row) => <LifeLine life={row.life} axis={axis} />,
    },
    {
      id: 'until',
      title: 'Valid until',
      width: '11rem',
      cell: (row) => <Time at={row.not_after} none="no end" />,
    },
  ];
}

/** The keyring: who signs with what, since when and until when. */
export function Keys() {
  const { values } = useFilters();
  const list = useList(PATH, values);
  const navigate = useNavigate();
  const mayChange = useMay('officer');
  const { rows } = list;
  const axis = useMemo(
    () =>
      axisOf(
        rows.map(({ life }) => life),
        Date.now(),
      ),
    [rows],
  );
  const columns = useMemo(() => columnsOf(axis), [axis]);
  return (
    <TrustSection
      title="Keys"
      about="Public keys of agents and of this gateway, with their states over time. A revoked key never comes back."
      actions={
        <>
          <ExportMenu path={PATH} query={values} />
          {mayChange && <ActionButton of={GENERATE} />}
        </>
      }
    >
      <FilterBar fields={FILTERS} error={list.error} />
      {rows.length > 0 && <LifeLegend axis={axis} />}
      <DataTable
        label="Keys"
        columns={columns}
        list={list}
        rowKey={(row) => `${row.purpose} ${row.kid} ${row.owner}`}
        onOpen={(row) => void navigate({ to: '/trust/keys/$key', params: { key: row.public_key } })}
        empty={
          <EmptyState title="No key like that">
            An agent’s key comes in with its peer file (<code>vectorvue-gateway peer add</code>) or by the
            exchange of keys. Without filters every key that ever was is here.
          </EmptyState>
        }
      />
    </TrustSection>
  );
}
