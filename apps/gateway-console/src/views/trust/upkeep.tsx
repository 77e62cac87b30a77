import { useList } from '../../api/hooks.ts';
import { useMay } from '../../api/session.ts';
import type { Item } from '../../api/types.ts';
import { State } from '../../components/badge.tsx';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { ExportMenu } from '../../components/export-menu.tsx';
import { Id } from '../../components/id.tsx';
import { Panel } from '../../components/page.tsx';
import { Text } from '../../components/text.tsx';
import { Time } from '../../components/time.tsx';
import { useFilters } from '../../shell/use-filters.ts';
import { TrustSection } from './section.tsx';

const CERTIFICATES = '/trust/certificates';
const FORWARDING = '/trust/forwarding';
const RETENTION = '/trust/retention';
type Certificate = Item<typeof CERTIFICATES>;
type Destination = Item<typeof FORWARDING>;
type Rule = Item<typeof RETENTION>;

const DAY = 86_400;
const WHAT: Readonly<Record<Certificate['what'], string>> = {
  server: 'This gateway',
  chain: 'Chain of this gateway',
  ca: 'CA of the agents',
  crl: 'Revocation list',
  client: 'Agent',
};

function Left({ of }: { readonly of: Certificate }) {
  // A revocation list is renewed daily or so; whoever waits two weeks for it is shut out.
  const soon = of.what === 'crl' ? DAY : 14 * DAY;
  if (of.seconds_left <= 0) return <State tone="bad">ended</State>;
  return (
    <State tone={of.seconds_left < soon ? 'warn' : 'ok'}>
      {of.seconds_left < soon ? 'ends soon' : 'valid'}
    </State>
  );
}

const CERTIFICATE_COLUMNS: readonly Column<Certificate>[] = [
  {
    id: 'what',
    title: 'Whose',
    width: 'minmax(10rem, 2fr)',
    card: 'title',
    cell: (row) => (row.identity === null ? WHAT[row.what] : <Text value={row.identity} />),
  },
  {
    id: 'sha',
    title: 'SHA-256',
    width: '12rem',
    cell: (row) => <Id value={row.sha256} what="SHA-256" bare />,
  },
  { id: 'state', title: 'State', width: '8rem', cell: (row) => <Left of={row} /> },
  { id: 'until', title: 'Ends', width: '16rem', cell: (row) => <Time at={row.expires_at} relative /> },
];

const DESTINATION_COLUMNS: readonly Column<Destination>[] = [
  { id: 'name', title: 'Destination', card: 'title', cell: (row) => <Text value={row.destination} /> },
  {
    id: 'state',
    title: 'State',
    width: '9rem',
    cell: (row) =>
      row.failing_since === null ? (
        <State tone={row.lag_entries > 0 ? 'info' : 'ok'}>
          {row.lag_entries > 0 ? 'behind' : 'up to date'}
        </State>
      ) : (
        <State tone="bad">failing</State>
      ),
  },
  {
    id: 'lag',
    title: 'Behind',
    width: '11rem',
    cell: (row) => `${row.lag_entries.toLocaleString()} entries, ${row.lag_seconds.toLocaleString()} s`,
  },
  {
    id: 'done',
    title: 'Delivered',
    width: '8rem',
    align: 'end',
    cell: (row) => row.delivered.toLocaleString(),
  },
  {
    id: 'last',
    title: 'Acknowledged',
    width: '11rem',
    cell: (row) => <Time at={row.acknowledged_at} none="never" />,
  },
  {
    id: 'fault',
    title: 'Last fault',
    cell: (row) =>
      row.error_code === null ? (
        '–'
      ) : (
        <Text value={`${row.error_code}: ${row.error_detail ?? ''}`} most={160} />
      ),
  },
];

const RULE_COLUMNS: readonly Column<Rule>[] = [
  {
    id: 'tenant',
    title: 'Tenant',
    card: 'title',
    cell: (row) => {
      if (row.tenant_id === '*') return 'every other tenant';
      return row.tenant_id === '' ? 'what belongs to none' : <Id value={row.tenant_id} what="tenant" bare />;
    },
  },
  { id: 'class', title: 'Of', width: '10rem', cell: (row) => row.class },
  { id: 'erases', title: 'Erases', width: '8rem', cell: (row) => row.erases },
  {
    id: 'days',
    title: 'After',
    width: '8rem',
    cell: (row) => (row.days === null ? 'never' : `${row.days} days`),
  },
  { id: 'by', title: 'Set by', cell: (row) => <Text value={row.changed_by} /> },
  { id: 'at', title: 'Set', width: '11rem', cell: (row) => <Time at={row.changed_at} /> },
];

/** What ends by itself or is done by itself: certificates, forwarding, retention. To look at; the command line changes it. */
export function Upkeep() {
  const seesAll = useMay('operator', 'officer');
  return (
    <TrustSection
      title="Certificates and upkeep"
      about="What ends by itself, where the log is forwarded to, and how long what is kept. Changed by the command line."
    >
      {seesAll && <Certificates />}
      {seesAll && <Forwarding />}
      <Retention />
    </TrustSection>
  );
}

function Certificates() {
  const list = useList(CERTIFICATES, {});
  return (
    <Panel
      title="Certificates"
      about="Of the processes that run now. An agent’s is known once it has connected."
      actions={<ExportMenu path={CERTIFICATES} query={{}} />}
    >
      <DataTable
        label="Certificates"
        columns={CERTIFICATE_COLUMNS}
        list={list}
        rowKey={(row) => `${row.what} ${row.sha256} ${row.identity ?? ''}`}
        empty={
          <EmptyState title="No certificate is known">
            The gateway has not opened its federation port yet.
          </EmptyState>
        }
      />
    </Panel>
  );
}

function Forwarding() {
  const list = useList(FORWARDING, {});
  return (
    <Panel title="Forwarding" actions={<ExportMenu path={FORWARDING} query={{}} />}>
      <DataTable
        label="Destinations"
        columns={DESTINATION_COLUMNS}
        list={list}
        rowKey={(row) => row.destination}
        empty={
          <EmptyState title="Nothing is forwarded">
            Destinations stand in the file that <code>VV_TG_FORWARD_FILE</code> names.
          </EmptyState>
        }
      />
    </Panel>
  );
}

function Retention() {
  const { tenant } = useFilters().values;
  const list = useList(RETENTION, { tenant });
  return (
    <Panel title="Retention" actions={<ExportMenu path={RETENTION} query={{ tenant }} />}>
      <DataTable
        label="Rules of retention"
        columns={RULE_COLUMNS}
        list={list}
        rowKey={(row) => `${row.tenant_id} ${row.class} ${row.erases}`}
        empty={
          <EmptyState title="No rules: everything is kept">
            Rules are set with <code>retention set</code>.
          </EmptyState>
        }
      />
    </Panel>
  );
}
