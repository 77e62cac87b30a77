import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useAnswer } from '../../api/hooks.ts';
import { useMay } from '../../api/session.ts';
import type { Answer } from '../../api/types.ts';
import { Button } from '../../components/button.tsx';
import { allRows, type Column, DataTable } from '../../components/data-table.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { Answered } from '../../components/fault-note.tsx';
import { Columns, Fact, Facts, Page, Panel } from '../../components/page.tsx';
import { Text } from '../../components/text.tsx';
import { Time } from '../../components/time.tsx';
import { AdjustmentFacts, findingOf } from './adjustment-facts.tsx';
import { AdjustmentRows, BindingBadge } from './adjustment-table.tsx';
import { EndDialog } from './end-dialog.tsx';
import { LifeLines } from './life-lines.tsx';
import { ProposalRows } from './proposals-tab.tsx';
import { adjustmentPageRoute } from './route.tsx';
import { effectOf, StateBadge } from './words.tsx';

const ADJUSTMENT = '/adjustments/{tenant}/{number}';
type Detail = Answer<typeof ADJUSTMENT>;
type Fetched = Detail['fetches'][number];

/** One adjustment: what it says, why it is there, whom it reached, and what it does there. */
export function AdjustmentPage() {
  const { tenant, number } = adjustmentPageRoute.useParams();
  const detail = useAnswer(ADJUSTMENT, { params: { tenant, number }, every: 30_000 });
  return (
    <Page
      title={`Adjustment ${number}`}
      about="What agents are told about one target, signed with every answer while it lives."
      actions={detail.data !== undefined && <Actions detail={detail.data} />}
    >
      <Answered of={detail}>{(shown) => <Shown detail={shown} />}</Answered>
    </Page>
  );
}

function Actions({ detail }: { readonly detail: Detail }) {
  const may = useMay('analyst', 'officer');
  const [asked, setAsked] = useState<'shorten' | 'withdraw' | null>(null);
  const { adjustment } = detail;
  const isAlive = adjustment.state === 'living' || adjustment.state === 'masked';
  // An open finding would cause it again: the way to end it is the finding, and the page says so.
  if (!may || !isAlive || adjustment.cause === 'finding') return null;
  return (
    <>
      <Button onClick={() => setAsked('shorten')}>Shorten…</Button>
      <Button tone="danger" onClick={() => setAsked('withdraw')}>
        Withdraw…
      </Button>
      <EndDialog
        adjustment={adjustment}
        fetched={detail.fetches.length}
        change={asked}
        onClose={() => setAsked(null)}
      />
    </>
  );
}

const FETCHED: readonly Column<Fetched>[] = [
  {
    id: 'identity',
    title: 'Identity',
    card: 'title',
    width: 'minmax(10rem, 2fr)',
    cell: (row) => <Text value={row.identity} />,
  },
  {
    id: 'answers',
    title: 'Answers',
    width: '6rem',
    align: 'end',
    cell: (row) => row.answers.toLocaleString(),
  },
  { id: 'first', title: 'First', width: '11rem', cell: (row) => <Time at={row.first_at} /> },
  { id: 'last', title: 'Last', width: '11rem', cell: (row) => <Time at={row.last_at} /> },
  {
    id: 'entry',
    title: 'First entry of the log',
    width: '10rem',
    align: 'end',
    cell: (row) => row.first_sequence.toLocaleString(),
  },
];

function Shown({ detail }: { readonly detail: Detail }) {
  const { adjustment, living, binding } = detail;
  return (
    <>
      <Panel
        title="Life"
        about="Solid while it is sent; hatched while it binds agents that had it before it was ended."
      >
        <LifeLines rows={[adjustment]} />
      </Panel>
      <Columns min={26}>
        <Panel title="What it says">
          <AdjustmentFacts adjustment={adjustment} />
        </Panel>
        <Panel title="What it does to an agent’s policy">
          <p>{effectOf(adjustment)}</p>
          <Facts>
            <Fact name="State">
              <StateBadge state={adjustment.state} />{' '}
              {adjustment.adjustment_id === binding && <BindingBadge />}
            </Fact>
            <Fact name="For this target">{standing(detail)}</Fact>
            <Fact name="Binds until">
              <Time at={adjustment.promised_until ?? adjustment.expires_at} relative />
              {(adjustment.promised_until !== null || adjustment.withdrawn_at !== null) &&
                ' for agents that fetched it before it was ended: no message of the protocol takes one back.'}
            </Fact>
          </Facts>
        </Panel>
      </Columns>
      <Panel
        title="Who was answered while it was sent"
        about="By the audit log. An answer holds the most restrictive adjustments up to the query’s limit; the log does not say which."
      >
        <DataTable
          label="Answered identities"
          columns={FETCHED}
          list={allRows(detail.fetches)}
          rowKey={(row) => row.identity}
          empty={
            <EmptyState title="Nobody has asked yet">
              No agent has queried feedback for this tenant while it was sent.
            </EmptyState>
          }
        />
      </Panel>
      {detail.proposals.length > 0 && (
        <Panel title="Proposals about it">
          <ProposalRows list={allRows(detail.proposals)} />
        </Panel>
      )}
      <Panel
        title="Alive for the same target"
        about="An agent keeps all of them, and the most restrictive counts."
      >
        <AdjustmentRows
          list={allRows(living)}
          empty={<EmptyState title="Nothing lives for this target now" />}
        />
      </Panel>
      {adjustment.cause === 'finding' && (
        <p>
          It is issued again while its finding is open.{' '}
          <Link
            to="/findings/one"
            search={{ tenant: adjustment.tenant_id, ...findingOf(adjustment.cause_id) }}
          >
            Close or suppress the finding
          </Link>{' '}
          to end it.
        </p>
      )}
    </>
  );
}

function standing({ adjustment, living, binding }: Detail): string {
  if (adjustment.state === 'masked') {
    return 'A newer one of the same action is sent in its place; this one is sent again if that ends first.';
  }
  if (adjustment.state !== 'living') return 'It is not sent any more.';
  if (adjustment.adjustment_id === binding) {
    return living.length === 1
      ? 'It is the only one alive.'
      : `It is the most restrictive of ${living.length} alive.`;
  }
  return `Number ${binding ?? '?'} is more restrictive and counts; this one would if that ended.`;
}
