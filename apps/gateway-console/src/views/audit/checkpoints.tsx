import { useMemo } from 'react';
import { useAnswer, useList } from '../../api/hooks.ts';
import type { Item } from '../../api/types.ts';
import { State } from '../../components/badge.tsx';
import { Button } from '../../components/button.tsx';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { ExportMenu } from '../../components/export-menu.tsx';
import { FilterBar } from '../../components/filter-bar.tsx';
import type { FilterField } from '../../components/filter-fields.ts';
import { Icon } from '../../components/icon.tsx';
import { Id } from '../../components/id.tsx';
import { saveFile } from '../../components/save-file.ts';
import { Text } from '../../components/text.tsx';
import { Time } from '../../components/time.tsx';
import { useFilters } from '../../shell/use-filters.ts';
import { openLog, type Signers } from '../../verify/index.ts';
import styles from './audit.module.css';
import { useTrustedKey } from './use-trusted-key.ts';
import { VerdictBadge } from './verdict-badge.tsx';

type Checkpoint = Item<'/audit/checkpoints'>;

const FIELDS: readonly FilterField[] = [
  {
    name: 'cosigned',
    label: 'Cosigned',
    kind: 'select',
    options: [{ value: 'true', label: 'by a witness' }],
  },
];

/** What was signed of the log, and by which witnesses; each signature verified where it is seen. */
export function Checkpoints() {
  const { values } = useFilters();
  const query = { cosigned: values.cosigned };
  const list = useList('/audit/checkpoints', query);
  const trusted = useTrustedKey();
  const { data: signers } = useAnswer('/audit/log');
  const columns = useMemo(() => columnsFor(signers ?? null, trusted), [signers, trusted]);
  return (
    <>
      <FilterBar fields={FIELDS} error={list.error} />
      <div className={styles.above}>
        <ExportMenu path="/audit/checkpoints" query={query} />
      </div>
      <DataTable
        label="Checkpoints"
        columns={columns}
        list={list}
        rowKey={(row) => String(row.size)}
        empty={
          <EmptyState title="No checkpoint">
            {values.cosigned === undefined
              ? 'The gateway signs one at most a second after an entry, where an audit key is configured.'
              : 'No witness has cosigned any. An agent with a witness key does, with every contact.'}
          </EmptyState>
        }
      />
    </>
  );
}

function columnsFor(signers: Signers | null, trusted: string | null): readonly Column<Checkpoint>[] {
  return [
    {
      id: 'size',
      title: 'Entries',
      width: '7rem',
      align: 'end',
      card: 'title',
      cell: (row) => row.size.toLocaleString(),
    },
    { id: 'signed', title: 'Signed', width: '11rem', cell: (row) => <Time at={row.signed_at} /> },
    {
      id: 'verdict',
      title: 'Signature',
      width: 'minmax(9rem, 1fr)',
      cell: (row) => signers !== null && <Signature row={row} signers={signers} trusted={trusted} />,
    },
    { id: 'kid', title: 'Key', width: '8rem', cell: (row) => <Id value={row.kid} what="key id" bare /> },
    { id: 'root', title: 'Root', width: '8rem', cell: (row) => <Id value={row.root} what="root" bare /> },
    {
      id: 'cosigned',
      title: 'Cosigned by',
      width: 'minmax(8rem, 1fr)',
      cell: (row) =>
        row.cosigned_by.length === 0 ? '–' : <Text value={row.cosigned_by.join(', ')} most={80} />,
    },
    {
      id: 'keep',
      title: 'Keep',
      width: '5.5rem',
      cell: (row) => (
        <Button
          aria-label={`Keep the checkpoint of ${row.size} entries as a file`}
          onClick={(click) => {
            click.stopPropagation();
            saveFile(`checkpoint-${row.size}.txt`, new Blob([row.checkpoint], { type: 'text/plain' }));
          }}
        >
          <Icon name="download" size={15} />
        </Button>
      ),
    },
  ];
}

function Signature({
  row,
  signers,
  trusted,
}: {
  readonly row: Checkpoint;
  readonly signers: Signers;
  readonly trusted: string | null;
}) {
  const opened = useMemo(() => openLog(row.checkpoint, signers, trusted), [row, signers, trusted]);
  if (opened.ok && opened.value.witnesses.some(({ ok }) => ok === false)) {
    return <State tone="bad">a cosignature does not hold</State>;
  }
  return <VerdictBadge verdict={opened} yes="verified" />;
}
