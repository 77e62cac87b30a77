import { useList } from '../../api/hooks.ts';
import { useMay } from '../../api/session.ts';
import type { Item } from '../../api/types.ts';
import { State, type Tone } from '../../components/badge.tsx';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { ExportMenu } from '../../components/export-menu.tsx';
import { FilterBar } from '../../components/filter-bar.tsx';
import { Id } from '../../components/id.tsx';
import { Panel } from '../../components/page.tsx';
import { Text } from '../../components/text.tsx';
import { Time } from '../../components/time.tsx';
import { useFilters } from '../../shell/use-filters.ts';
import { ActionButton } from './action-dialog.tsx';
import { goOn, ROTATE, SCHEDULE } from './rotation-actions.ts';
import { TrustSection } from './section.tsx';
import styles from './trust.module.css';

const PATH = '/trust/rotations';
type Row = Item<typeof PATH>;

const TONES: Readonly<Record<Row['state'], Tone>> = {
  prepared: 'info',
  published: 'info',
  active: 'ok',
  retired: 'idle',
  abandoned: 'bad',
};

const COLUMNS: readonly Column<Row>[] = [
  {
    id: 'key',
    title: 'New key',
    width: '9rem',
    card: 'title',
    cell: (row) => <Id value={row.new_kid} what="kid" bare />,
  },
  {
    id: 'of',
    title: 'Signs for',
    width: '8rem',
    cell: (row) => (row.tenant_id === null ? 'everybody' : <Id value={row.tenant_id} what="tenant" bare />),
  },
  {
    id: 'state',
    title: 'State',
    width: '9rem',
    cell: (row) => (
      <State tone={row.late ? 'warn' : TONES[row.state]}>
        {row.late ? 'late' : row.state}
        {row.forced && ', forced'}
      </State>
    ),
  },
  {
    id: 'confirmed',
    title: 'Confirmed by',
    width: 'minmax(8rem, 1.5fr)',
    cell: (row) => <Names of={row.confirmations.map((one) => one.identity)} />,
  },
  { id: 'waits', title: 'Waits for', width: 'minmax(8rem, 2fr)', cell: (row) => <WaitsFor of={row} /> },
  { id: 'began', title: 'Begun', width: '10rem', cell: (row) => <Time at={row.started_at} /> },
  { id: 'ends', title: 'Old key ends', width: '10rem', cell: (row) => <Time at={row.retire_at} /> },
];

function Names({ of }: { readonly of: readonly string[] }) {
  return of.length === 0 ? <>–</> : <Text value={[...new Set(of)].join(', ')} most={120} />;
}

function WaitsFor({ of }: { readonly of: Row }) {
  const silent = of.silent ?? [];
  return (
    <>
      <Names of={of.waits_for ?? []} />
      {silent.length > 0 && <span className={styles.quiet}> by file: {<Names of={silent} />}</span>}
    </>
  );
}

/** How the gateway's feedback keys are replaced, and who has confirmed the next one. */
export function Rotations() {
  const { values } = useFilters();
  const list = useList(PATH, values);
  const mayChange = useMay('officer');
  const waiting = list.rows.filter(({ state }) => state === 'prepared' || state === 'published');
  return (
    <TrustSection
      title="Rotations"
      about="The gateway’s feedback keys: the next one is told to the agents, they confirm it, then it signs and the old one ends."
      actions={
        <>
          <ExportMenu path={PATH} query={values} />
          {mayChange && <ActionButton of={SCHEDULE} />}
          {mayChange && <ActionButton of={ROTATE} />}
        </>
      }
    >
      {mayChange && waiting.length > 0 && (
        <Panel title="Waiting" about="These do not sign yet. Go on once everybody has confirmed.">
          <ul className={styles.rows}>
            {waiting.map((row) => (
              <li key={row.new_kid} className={styles.row}>
                <span>
                  <Id value={row.new_kid} what="kid" />
                  <span className={styles.quiet}>
                    {' '}
                    confirmed by <Names of={row.confirmations.map((one) => one.identity)} />; waits for{' '}
                    <WaitsFor of={row} />
                  </span>
                </span>
                <ActionButton of={goOn(row.tenant_id, false)} />
                <ActionButton of={goOn(row.tenant_id, true)} />
              </li>
            ))}
          </ul>
        </Panel>
      )}
      <FilterBar fields={[{ name: 'tenant', label: 'Tenant' }]} error={list.error} />
      <DataTable
        label="Rotations"
        columns={COLUMNS}
        list={list}
        rowKey={(row) => `${row.started_at} ${row.new_kid}`}
        empty={
          <EmptyState title="No key was rotated yet">
            A feedback key that signs for years is a key that leaks for years. Rotate it once, or let the
            gateway do it on a schedule.
          </EmptyState>
        }
      />
      <Schedules />
    </TrustSection>
  );
}

function Schedules() {
  const { values } = useFilters();
  const { rows } = useList('/trust/schedules', values);
  if (rows.length === 0) return null;
  return (
    <Panel title="Schedules" about="Carried out by the running gateways, one at a time.">
      <ul className={styles.rows}>
        {rows.map((row) => (
          <li key={row.tenant_id ?? '*'} className={styles.row}>
            <span>
              {row.tenant_id === null ? 'The general key' : <Id value={row.tenant_id} what="tenant" />}: every{' '}
              {days(row.every_seconds)}, old key taken for {days(row.overlap_seconds)}
            </span>
            <span>
              next <Time at={row.next_at} relative />
            </span>
            <span className={styles.quiet}>
              by <Text value={row.changed_by} />
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function days(seconds: number): string {
  const count = seconds / 86_400;
  return count >= 1 ? `${Math.round(count * 10) / 10} days` : `${Math.round(seconds / 60)} minutes`;
}
