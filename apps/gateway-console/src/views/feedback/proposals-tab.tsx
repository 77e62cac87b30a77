import { useState } from 'react';
import { type List, useList } from '../../api/hooks.ts';
import { useMay } from '../../api/session.ts';
import type { Item } from '../../api/types.ts';
import { State } from '../../components/badge.tsx';
import { Button } from '../../components/button.tsx';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { ExportMenu } from '../../components/export-menu.tsx';
import { FilterBar } from '../../components/filter-bar.tsx';
import type { FilterField } from '../../components/filter-fields.ts';
import { Text } from '../../components/text.tsx';
import { Time } from '../../components/time.tsx';
import { useFilters } from '../../shell/use-filters.ts';
import { DecideDialog } from './decide-dialog.tsx';
import styles from './feedback.module.css';
import { ActionBadge } from './words.tsx';

export const PROPOSALS = '/proposals';
export type Proposal = Item<typeof PROPOSALS>;

const STATES = ['pending', 'approved', 'declined', 'retracted', 'expired'];
const FIELDS: readonly FilterField[] = [
  {
    name: 'state',
    label: 'State',
    kind: 'select',
    options: STATES.map((value) => ({ value, label: value })),
  },
];

const TONES = {
  pending: 'warn',
  approved: 'ok',
  declined: 'bad',
  retracted: 'idle',
  expired: 'idle',
} as const;

const COLUMNS: readonly Column<Proposal>[] = [
  {
    id: 'target',
    title: 'Target',
    card: 'title',
    width: 'minmax(8rem, 2fr)',
    cell: (row) => <Text value={row.target_urn} most={120} />,
  },
  {
    id: 'change',
    title: 'Change',
    width: '9rem',
    cell: (row) => (
      <>
        {row.change} <ActionBadge action={row.action} />
      </>
    ),
  },
  {
    id: 'state',
    title: 'State',
    width: '7rem',
    cell: (row) => <State tone={TONES[row.state]}>{row.state}</State>,
  },
  {
    id: 'by',
    title: 'Proposed by',
    width: 'minmax(6rem, 1fr)',
    cell: (row) => <Text value={row.proposed_by} most={80} />,
  },
  {
    id: 'reason',
    title: 'Because',
    width: 'minmax(6rem, 2fr)',
    cell: (row) => <Text value={row.reason} most={120} />,
  },
  { id: 'at', title: 'Proposed', width: '10rem', cell: (row) => <Time at={row.proposed_at} /> },
  {
    id: 'decided',
    title: 'Decided by',
    width: 'minmax(6rem, 1fr)',
    cell: (row) => (row.decided_by === null ? '–' : <Text value={row.decided_by} most={80} />),
  },
];

export function ProposalsTab() {
  const { values: query } = useFilters('tenant', ...FIELDS.map((field) => field.name));
  const list = useList(PROPOSALS, query);
  return (
    <div className={styles.tab}>
      <div className={styles.bar}>
        <div className={styles.filters}>
          <FilterBar fields={FIELDS} error={list.error} />
        </div>
        <div className={styles.actions}>
          <ExportMenu path={PROPOSALS} query={query} />
        </div>
      </div>
      <ProposalRows list={list} />
    </div>
  );
}

/** Proposals as rows; Enter opens the decision for who may decide. */
export function ProposalRows({ list }: { readonly list: List<Proposal> }) {
  const may = useMay('analyst', 'officer');
  const [open, setOpen] = useState<Proposal | null>(null);
  const waiting = list.rows.filter((row) => row.state === 'pending');
  return (
    <>
      <DataTable
        label="Proposals"
        columns={COLUMNS}
        list={list}
        rowKey={(row) => row.proposal_id}
        onOpen={setOpen}
        empty={
          <EmptyState title="No proposals">
            Where a deny needs two persons, what one of them asks for waits here for the other.
          </EmptyState>
        }
      />
      {may && waiting.length > 0 && (
        <div className={styles.actions}>
          {waiting.slice(0, 3).map((row) => (
            <Button key={row.proposal_id} onClick={() => setOpen(row)}>
              {row.own ? 'Take back' : 'Decide on'}: {row.change} {row.action}…
            </Button>
          ))}
        </div>
      )}
      <DecideDialog proposal={open} may={may} onClose={() => setOpen(null)} />
    </>
  );
}
