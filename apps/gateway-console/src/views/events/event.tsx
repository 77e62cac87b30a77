import { Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useAnswer } from '../../api/hooks.ts';
import { Severity, State } from '../../components/badge.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { Answered } from '../../components/fault-note.tsx';
import { Id } from '../../components/id.tsx';
import { Columns, Fact, Facts, Page, Panel } from '../../components/page.tsx';
import { Text } from '../../components/text.tsx';
import { Time } from '../../components/time.tsx';
import { useFilters } from '../../shell/use-filters.ts';
import { checkEvent, verdictOf } from './check-event.ts';
import { Checks } from './checks.tsx';
import { DecodedMembers } from './decoded-members.tsx';
import styles from './event.module.css';
import { FingerprintInputs } from './fingerprint-inputs.tsx';
import { LinkedPanel } from './linked-panel.tsx';
import { type CheckedLog, LogEntry, useCheckedLog } from './log-entry.tsx';
import { type EventDetail, openEvidence } from './open-evidence.ts';
import { SignedBytes } from './signed-bytes.tsx';
import { Vouched } from './vouched.tsx';

/** One event: what it says, and everything that proves that it was said. */
export function EventPage() {
  const { values } = useFilters();
  const { tenant = '', operator = '', event = '' } = values;
  const isNamed = tenant !== '' && operator !== '' && event !== '';
  const answer = useAnswer('/events/one', { query: { tenant, operator, event }, enabled: isNamed });
  return (
    <Page
      title="Event"
      heading={event === '' ? 'Event' : <Text value={event} most={128} />}
      about="Verified again in this browser, from the bytes that the gateway has kept. Nothing here is taken on its word unless it says so."
    >
      {isNamed ? (
        <Answered of={answer}>{(data) => <Detail of={data} />}</Answered>
      ) : (
        <EmptyState
          title="No event is named"
          action={
            <Link to="/events" search={{}}>
              All events
            </Link>
          }
        >
          The address needs a tenant, an operator and an event.
        </EmptyState>
      )}
    </Page>
  );
}

function Detail({ of: detail }: { readonly of: EventDetail }) {
  const { event, evidence, finding } = detail;
  const opened = useMemo(
    () => (evidence === null ? null : openEvidence(evidence, event.evidence_index)),
    [evidence, event.evidence_index],
  );
  const checks = useMemo(
    () => (evidence === null || opened === null ? [] : checkEvent(detail, evidence, opened)),
    [detail, evidence, opened],
  );
  const log = useCheckedLog(detail, opened);
  const verdict = verdictOf([...checks, ...(log.checked?.checks ?? [])]);
  return (
    <>
      <Verdict of={evidence === null && verdict === 'ok' ? null : verdict} detail={detail} log={log} />
      <Columns>
        <Panel title="What was reported">
          <Facts>
            <Fact name="Severity">
              <Severity value={event.severity} />
            </Fact>
            <Fact name="Type">
              <Text value={event.event_type} /> from <Text value={event.source_system} />
            </Fact>
            <Fact name="Asset">
              <Text value={event.asset_ref ?? '–'} />
            </Fact>
            <Fact name="Target">
              <Text value={event.target_urn ?? '–'} />
            </Fact>
            <Fact name="Techniques">
              <Text mono value={event.techniques.join(' ')} />
              {event.tactics.length > 0 && (
                <>
                  {' '}
                  in <Text mono value={event.tactics.join(' ')} />
                </>
              )}
            </Fact>
            <Fact name="Observed">
              <Time at={event.observed_at} />
              {event.observed_at_assumed && ' (sent without a zone; read as UTC)'}
            </Fact>
            <Fact name="Accepted">
              <Time at={event.accepted_at} relative />
            </Fact>
            <Fact name="Campaign">
              <Link to="/events" search={{ tenant: event.tenant_id, campaign: event.campaign_id }}>
                <Text value={event.campaign_id} most={128} />
              </Link>
            </Fact>
            <Fact name="Operator">
              <Text value={event.operator_id} most={128} />
            </Fact>
            <Fact name="Tenant">
              <Id value={event.tenant_id} what="tenant id" full />
            </Fact>
            <Fact name="Intent">
              <Text value={event.intent_id ?? 'none was sent'} />
            </Fact>
            <Fact name="Finding">
              {finding === null ? (
                'none: neither grave nor a failure'
              ) : (
                <Link
                  to="/findings/one"
                  search={{
                    tenant: finding.tenant_id,
                    operator: finding.operator_id,
                    finding: finding.finding_id,
                  }}
                >
                  <Text value={finding.finding_id} most={160} /> ({finding.status})
                </Link>
              )}
            </Fact>
          </Facts>
        </Panel>
        {checks.length > 0 && (
          <Panel
            title="Checked in this browser"
            about="By the protocol package itself, with its portable Ed25519 and SHA-256."
          >
            <Checks of={checks} />
          </Panel>
        )}
      </Columns>
      {evidence !== null && <Vouched detail={detail} evidence={evidence} />}
      <LogEntry detail={detail} log={log} />
      {opened !== null && <FingerprintInputs event={event} opened={opened} />}
      {evidence !== null && opened !== null && <SignedBytes evidence={evidence} opened={opened} />}
      {opened !== null && <DecodedMembers payload={opened.payload} />}
      <LinkedPanel
        tenant={event.tenant_id}
        fingerprint={event.execution_hash}
        attestation={event.attestation_measurement_hash}
        self={event.event_id}
      />
    </>
  );
}

function Verdict({
  of,
  detail,
  log,
}: {
  readonly of: 'ok' | 'bad' | null;
  readonly detail: EventDetail;
  readonly log: CheckedLog;
}) {
  const { key_life: life, evidence } = detail;
  const isRevoked = life.at(-1)?.state === 'revoked';
  return (
    <div className={styles.verdict} data-verdict={of ?? 'none'} role="status">
      {of === 'ok' && (
        <>
          <State tone="ok">Valid</State>
          <span>
            The stored bytes are what <Text value={evidence?.identity ?? ''} most={128} /> signed, and say
            what the lists show. {inLog(log)}
          </span>
        </>
      )}
      {of === 'bad' && (
        <>
          <State tone="bad">INVALID</State>
          <span>
            What is stored is not what was signed and accepted. See which check fails, and keep the database.
          </span>
        </>
      )}
      {of === null && (
        <>
          <State tone="idle">Evidence removed</State>
          <span>
            Retention has removed the signed bytes: nothing is left to verify but the entry of the log.
          </span>
        </>
      )}
      {of !== null && isRevoked && <State tone="warn">the key has been revoked since</State>}
    </div>
  );
}

function inLog({ checked, isPending }: CheckedLog): string {
  if (isPending) return 'The log is being asked.';
  return checked === null
    ? 'The log does not prove it, see below.'
    : 'The signed log proves that it was accepted.';
}
