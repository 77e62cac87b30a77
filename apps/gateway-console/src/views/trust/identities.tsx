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
import { Text } from '../../components/text.tsx';
import { Time } from '../../components/time.tsx';
import { useFilters } from '../../shell/use-filters.ts';
import { ActionButton } from './action-dialog.tsx';
import { PIN } from './identity-actions.ts';
import { TrustSection } from './section.tsx';

const PATH = '/trust/identities';
export type IdentityRow = Item<typeof PATH>;

const FILTERS: readonly FilterField[] = [
  { name: 'identity', label: 'Name begins with' },
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

/** Whether it can speak now, and if not why. */
export function IdentityState({ of }: { readonly of: IdentityRow }) {
  if (of.state === 'suspended') return <State tone="bad">suspended</State>;
  if (!of.pins.some(({ state }) => state === 'valid')) return <State tone="warn">no valid pin</State>;
  if (!of.keys.some(({ purpose }) => purpose === 'telemetry')) return <State tone="warn">no key</State>;
  return <State tone="ok">active</State>;
}

/** The end of the last pin: when it falls silent unless somebody pins the next. */
function endOf({ pins }: IdentityRow): string | null {
  const valid = pins.filter(({ state }) => state === 'valid');
  const ends = valid.map(({ not_after }) => not_after);
  return ends.includes(null) ? null : (ends.toSorted().at(-1) ?? null);
}

const COLUMNS: readonly Column<IdentityRow>[] = [
  {
    id: 'identity',
    title: 'Identity',
    width: 'minmax(10rem, 1.6fr)',
    card: 'title',
    cell: (row) => <Text value={row.identity} />,
  },
  { id: 'state', title: 'State', width: '9rem', cell: (row) => <IdentityState of={row} /> },
  {
    id: 'pins',
    title: 'Pins',
    width: '7rem',
    cell: (row) => `${row.pins.filter(({ state }) => state === 'valid').length} valid`,
  },
  {
    id: 'until',
    title: 'Pinned until',
    width: '11rem',
    cell: (row) => <Time at={endOf(row)} none="no end" />,
  },
  { id: 'operators', title: 'Operators', cell: (row) => <Limit of={row.operators} /> },
  { id: 'tenants', title: 'Tenants', cell: (row) => <Limit of={row.tenants} /> },
];

/** A limit; without one it may speak for all. */
export function Limit({ of }: { readonly of: readonly string[] | null }) {
  if (of === null) return <>all</>;
  return of.length === 0 ? <>none</> : <Text value={of.join(', ')} most={200} />;
}

export function Identities() {
  const { identity, state } = useFilters().values;
  // Identities are of no tenant, whichever the reader looks at.
  const query = { identity, state };
  const list = useList(PATH, query);
  const navigate = useNavigate();
  const mayChange = useMay('officer');
  return (
    <TrustSection
      title="Identities"
      about="Who may connect: with which certificates, for which operators and tenants, and with which keys."
      actions={
        <>
          <ExportMenu path={PATH} query={query} />
          {mayChange && <ActionButton of={PIN} />}
        </>
      }
    >
      <FilterBar fields={FILTERS} error={list.error} />
      <DataTable
        label="Identities"
        columns={COLUMNS}
        list={list}
        rowKey={(row) => row.identity}
        onOpen={(row) =>
          void navigate({ to: '/trust/identities/$identity', params: { identity: row.identity } })
        }
        empty={
          <EmptyState title="No identity like that">
            An agent is let in by its peer file: <code>vectorvue-gateway peer add peer.json</code>.
          </EmptyState>
        }
      />
    </TrustSection>
  );
}
