import { Link } from '@tanstack/react-router';
import { useAnswer } from '../../api/hooks.ts';
import { useMay } from '../../api/session.ts';
import type { Answer } from '../../api/types.ts';
import { Severity } from '../../components/badge.tsx';
import { buttonClass } from '../../components/button.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { Answered } from '../../components/fault-note.tsx';
import { Id } from '../../components/id.tsx';
import { Columns, Fact, Facts, Page, Panel } from '../../components/page.tsx';
import { Text } from '../../components/text.tsx';
import { Time } from '../../components/time.tsx';
import { useFilters } from '../../shell/use-filters.ts';
import { LinkedPanel } from '../events/linked-panel.tsx';
import { ChangeStatus } from './change-status.tsx';
import styles from './finding.module.css';
import { Status } from './status.tsx';

type FindingDetail = Answer<'/findings/one'>;

/** One finding: what it is, what has become of it, and who decided that. */
export function FindingPage() {
  const { values } = useFilters();
  const { tenant = '', operator = '', finding = '' } = values;
  const isNamed = tenant !== '' && operator !== '' && finding !== '';
  const answer = useAnswer('/findings/one', { query: { tenant, operator, finding }, enabled: isNamed });
  return (
    <Page
      title="Finding"
      heading={finding === '' ? 'Finding' : <Text value={finding} most={160} />}
      actions={
        answer.data === undefined ? undefined : (
          <>
            <IssueLink of={answer.data.finding} />
            <ChangeStatus of={answer.data.finding} />
          </>
        )
      }
    >
      {isNamed ? (
        <Answered of={answer}>{(data) => <Detail of={data} />}</Answered>
      ) : (
        <EmptyState
          title="No finding is named"
          action={
            <Link to="/findings" search={{}}>
              All findings
            </Link>
          }
        >
          The address needs a tenant, an operator and a finding.
        </EmptyState>
      )}
    </Page>
  );
}

/** By hand, where the rules do not say it: for whoever may change the policy of the tenant's agents. */
function IssueLink({ of: finding }: { readonly of: FindingDetail['finding'] }) {
  const may = useMay('analyst', 'officer');
  if (!may) return null;
  const { tenant_id: tenant, operator_id: operator, finding_id } = finding;
  return (
    <Link
      to="/feedback/issue"
      search={{ basis: 'finding', tenant, operator, finding: finding_id }}
      className={buttonClass}
    >
      Issue an adjustment
    </Link>
  );
}

function Detail({ of: { finding, changes } }: { readonly of: FindingDetail }) {
  const { tenant_id: tenant, operator_id: operator } = finding;
  return (
    <>
      <Columns>
        <Panel title="What was found">
          <Facts>
            <Fact name="Severity">
              <Severity value={finding.severity} />
            </Fact>
            <Fact name="Status">
              <Status value={finding.status} />
            </Fact>
            <Fact name="Type">
              <Text value={finding.event_type} />
            </Fact>
            <Fact name="Asset">
              <Text value={finding.asset_ref ?? '–'} />
            </Fact>
            <Fact name="Target">
              <Text value={finding.target_urn ?? '–'} />
            </Fact>
            <Fact name="Techniques">
              <Text mono value={finding.techniques.join(' ')} />
            </Fact>
            <Fact name="First seen">
              <Time at={finding.first_seen} />
            </Fact>
            <Fact name="Last seen">
              <Time at={finding.last_seen} />
            </Fact>
            <Fact name="Campaign">
              <Link to="/findings" search={{ tenant, campaign: finding.campaign_id }}>
                <Text value={finding.campaign_id} most={128} />
              </Link>
            </Fact>
            <Fact name="Operator">
              <Text value={operator} most={128} />
            </Fact>
            <Fact name="Fingerprint">
              <Id value={finding.execution_fingerprint} what="execution fingerprint" full />
            </Fact>
            <Fact name="Attestation hash">
              <Id value={finding.attestation_measurement_hash} what="attestation hash" full />
            </Fact>
            <Fact name="Evidence">
              <Link to="/events/one" search={{ tenant, operator, event: finding.event_id }}>
                the event, its signed bytes and what proves them
              </Link>
            </Fact>
          </Facts>
        </Panel>
        <Panel title="Its history" about="From the audit log: who changed its status, when and why.">
          <ol className={styles.history}>
            {changes.map((change) => (
              <li key={change.sequence}>
                <p>
                  <strong>{PAST[change.step]}</strong> by <Text value={change.actor} most={120} />{' '}
                  <Time at={change.recorded_at} relative />
                </p>
                <p className={styles.reason}>
                  <Text value={change.reason ?? 'no reason is disclosed'} block />
                </p>
              </li>
            ))}
            <li>
              <p>
                <strong>Made</strong> from the event, last seen <Time at={finding.first_seen} />
              </p>
            </li>
          </ol>
        </Panel>
      </Columns>
      <LinkedPanel
        tenant={tenant}
        fingerprint={finding.execution_fingerprint}
        attestation={finding.attestation_measurement_hash}
        self={finding.event_id}
      />
    </>
  );
}

const PAST = { close: 'Closed', suppress: 'Suppressed', reopen: 'Reopened' } as const;
