import { Link, useNavigate } from '@tanstack/react-router';
import { State } from '../../components/badge.tsx';
import { allRows, type Column, DataTable } from '../../components/data-table.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { Id } from '../../components/id.tsx';
import { Panel } from '../../components/page.tsx';
import { Text } from '../../components/text.tsx';
import { Time } from '../../components/time.tsx';
import styles from './overview.module.css';
import type { Overview } from './use-overview.ts';

type Agent = Overview['agents'][number];

/** Seconds off from which on a clock is marked; what the way takes is less. */
const SKEW_SEEN = 3;

const COLUMNS: readonly Column<Agent>[] = [
  {
    id: 'identity',
    title: 'Identity',
    width: 'minmax(8rem, 1.4fr)',
    card: 'title',
    cell: (row) => <Text value={row.identity} most={80} />,
  },
  {
    id: 'tenant',
    title: 'Tenant',
    width: '9.5rem',
    cell: (row) => (row.tenant_id === null ? '–' : <Id value={row.tenant_id} what="tenant" bare />),
  },
  {
    id: 'operator',
    title: 'Operator',
    cell: (row) => (row.operator_id === null ? '–' : <Text value={row.operator_id} most={40} />),
  },
  {
    id: 'contact',
    title: 'Last contact',
    width: '11rem',
    cell: (row) => <Time at={row.last_contact} none="never" />,
  },
  {
    id: 'skew',
    title: 'Clock',
    width: '8rem',
    cell: (row) => <Skew seconds={row.clock_skew_seconds} />,
  },
  {
    id: 'refusal',
    title: 'Last refusal',
    width: 'minmax(11rem, 1.4fr)',
    cell: ({ last_refusal: refusal }) =>
      refusal === null ? (
        '–'
      ) : (
        <>
          <div>{refusal.code}</div>
          <div className={styles.advice}>
            <Time at={refusal.at} />
          </div>
        </>
      ),
  },
];

function Skew({ seconds }: { readonly seconds: number | null }) {
  if (seconds === null) return <>–</>;
  if (Math.abs(seconds) < SKEW_SEEN) return <State tone="ok">in step</State>;
  return <State tone="warn">{`${Math.abs(seconds)} s ${seconds > 0 ? 'ahead' : 'behind'}`}</State>;
}

/** Who speaks to this gateway: those heard of last come first, who never was comes last. */
export function Agents({ agents }: Pick<Overview, 'agents'>) {
  const navigate = useNavigate();
  return (
    <Panel
      title="Agents"
      about="Each identity and tenant with its last request that was taken. The clock is that of the agent against this gateway’s, in whole seconds."
    >
      <DataTable
        label="Agents"
        columns={COLUMNS}
        list={allRows(agents)}
        rowKey={(row) => `${row.identity} ${row.tenant_id ?? ''}`}
        onOpen={(row) => void navigate({ to: '/refusals', search: { identity: row.identity } })}
        empty={
          <EmptyState title="No agent was heard of yet">
            An agent is declared by <code>vectorvue-gateway peer add</code>; <Link to="/trust">Trust</Link>{' '}
            shows who is.
          </EmptyState>
        }
      />
    </Panel>
  );
}
