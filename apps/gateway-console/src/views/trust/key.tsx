import { useParams } from '@tanstack/react-router';
import { useAnswer } from '../../api/hooks.ts';
import { useMay } from '../../api/session.ts';
import type { Answer } from '../../api/types.ts';
import { allRows, type Column, DataTable } from '../../components/data-table.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { Answered } from '../../components/fault-note.tsx';
import { Id } from '../../components/id.tsx';
import { Fact, Facts, Page, Panel } from '../../components/page.tsx';
import { Text } from '../../components/text.tsx';
import { Time } from '../../components/time.tsx';
import { ActionButton } from './action-dialog.tsx';
import { actionsOf, revokeEverywhere } from './key-actions.ts';
import { KeyStateBadge } from './key-state.tsx';
import { LifeLegend, LifeLine } from './life-line.tsx';
import { axisOf } from './life-spans.ts';
import styles from './trust.module.css';

const PATH = '/trust/keys/{public_key}';
type OneKey = Answer<typeof PATH>;
type Change = OneKey['history'][number];
type Entry = OneKey['entries'][number];

const CUSTODY: Readonly<Record<NonNullable<Entry['custody']>, string>> = {
  environment: 'where the environment of the gateway says',
  file: 'a file that only the gateway reads',
  pkcs11: 'a PKCS#11 token, which it never leaves',
  vault: 'a vault, which it never leaves',
  other: 'a custodian',
};

const COLUMNS: readonly Column<Change>[] = [
  { id: 'at', title: 'When', width: '12rem', card: 'title', cell: (row) => <Time at={row.changed_at} /> },
  { id: 'kid', title: 'Entry', width: 'minmax(9rem, 1.5fr)', cell: (row) => <EntryName of={row} /> },
  { id: 'state', title: 'State', width: '6rem', cell: (row) => row.state },
  {
    id: 'until',
    title: 'Valid until',
    width: '11rem',
    cell: (row) => <Time at={row.not_after} none="no end" />,
  },
  { id: 'who', title: 'Who', cell: (row) => (row.actor === null ? '–' : <Text value={row.actor} />) },
  {
    id: 'why',
    title: 'Why',
    width: 'minmax(9rem, 2fr)',
    cell: (row) => (row.reason === null ? '–' : <Text value={row.reason} />),
  },
];

/** Of a key with one entry each change is that entry's. */
const OF_ONE = COLUMNS.filter(({ id }) => id !== 'kid');

function EntryName({ of }: { readonly of: Pick<Entry, 'owner' | 'purpose' | 'kid'> }) {
  return (
    <>
      {of.purpose} key <Id value={of.kid} what="kid" bare /> of <Text value={of.owner} />
    </>
  );
}

/** One public key: under which names it is entered, and what became of each, when, by whom and why. */
export function Key() {
  const { key } = useParams({ from: '/console/trust/keys/$key' });
  const found = useAnswer(PATH, { params: { public_key: key } });
  return (
    <Page
      title="Key"
      heading={<>Key {found.data !== undefined && <Id value={nameOf(found.data)} what="kid" />}</>}
    >
      <Answered of={found}>{(data) => <Whole of={data} />}</Answered>
    </Page>
  );
}

function nameOf({ entries }: OneKey): string {
  return entries[0]?.kid ?? '';
}

function Whole({ of }: { readonly of: OneKey }) {
  const mayChange = useMay('officer');
  const { entries, history } = of;
  const [first] = entries;
  const axis = axisOf(
    entries.map(({ life }) => life),
    Date.parse(of.now),
  );
  if (first === undefined) return null;
  const isLiving = entries.some(({ state }) => state !== 'revoked');
  return (
    <>
      <Panel title="Entries" about="One public key may be entered for several owners and purposes.">
        <LifeLegend axis={axis} />
        <ul className={styles.rows}>
          {entries.map((entry) => (
            <li key={`${entry.purpose} ${entry.kid} ${entry.owner}`} className={styles.row}>
              <div>
                <EntryName of={entry} /> <KeyStateBadge of={entry} />
                <LifeLine life={entry.life} axis={axis} />
              </div>
              {mayChange &&
                actionsOf(entry).map((action) => <ActionButton key={action.action} of={action} />)}
            </li>
          ))}
        </ul>
        {mayChange && isLiving && entries.length > 1 && (
          <div className={styles.buttons}>
            <ActionButton of={revokeEverywhere(first.thumbprint ?? first.kid)} />
          </div>
        )}
      </Panel>
      <Panel title="Facts">
        <Facts>
          <Fact name="Thumbprint">
            {first.thumbprint === null ? (
              'not a valid key any more'
            ) : (
              <Id value={first.thumbprint} what="thumbprint" full />
            )}
          </Fact>
          <Fact name="Public key">
            <Id value={first.public_key} what="public key" full />
          </Fact>
          <Fact name="Tenants">
            {first.tenants === null ? (
              'all that its owner may speak for'
            ) : (
              <Text value={first.tenants.join(', ')} />
            )}
          </Fact>
          <Fact name="Valid">
            <Time at={first.not_before} none="since ever" /> to{' '}
            <Time at={first.not_after} none="no end" relative />
          </Fact>
          <Fact name="Came from">{first.source}</Fact>
          {first.custody !== null && <Fact name="Private half">{CUSTODY[first.custody]}</Fact>}
        </Facts>
      </Panel>
      <Panel
        title="History"
        about="Kept by the database for ever. The audit log has an entry of each change."
      >
        <DataTable
          label="History"
          columns={entries.length > 1 ? COLUMNS : OF_ONE}
          list={allRows(history)}
          rowKey={(row) => `${row.changed_at} ${row.state} ${row.purpose} ${row.kid} ${row.owner}`}
          empty={<EmptyState title="No change is known" />}
        />
      </Panel>
    </>
  );
}
