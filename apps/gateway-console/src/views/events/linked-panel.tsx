import { Link } from '@tanstack/react-router';
import { useAnswer } from '../../api/hooks.ts';
import { Severity, State } from '../../components/badge.tsx';
import { Answered } from '../../components/fault-note.tsx';
import { Columns, Panel } from '../../components/page.tsx';
import { Text } from '../../components/text.tsx';
import { Time } from '../../components/time.tsx';
import styles from './event.module.css';

export interface LinkedPanelProps {
  readonly tenant: string;
  readonly fingerprint: string;
  readonly attestation: string;
  /** Event that the page is about, which is not listed. */
  readonly self: string;
}

/** Every station that the hashes have passed: events, findings, graphs, adjustments. */
export function LinkedPanel({ tenant, fingerprint, attestation, self }: LinkedPanelProps) {
  const answer = useAnswer('/events/linked', { query: { tenant, fingerprint, attestation } });
  return (
    <Panel
      title="Linked by the same hashes"
      about="Everything of this tenant with the same execution fingerprint or the same attestation hash, newest first."
    >
      <Answered of={answer}>
        {({ events, findings, graphs, adjustments, more }) => (
          <Columns min={18}>
            <Links title="Events" isMore={more.includes('events')}>
              {events
                .filter((event) => event.event_id !== self)
                .map((event) => (
                  <li key={`${event.operator_id} ${event.event_id}`}>
                    <Severity value={event.severity} />{' '}
                    <Link
                      to="/events/one"
                      search={{ tenant, operator: event.operator_id, event: event.event_id }}
                    >
                      <Text value={event.event_id} most={60} />
                    </Link>{' '}
                    <Time at={event.accepted_at} />
                  </li>
                ))}
            </Links>
            <Links title="Findings" isMore={more.includes('findings')}>
              {findings.map((finding) => (
                <li key={`${finding.operator_id} ${finding.finding_id}`}>
                  <Severity value={finding.severity} />{' '}
                  <Link
                    to="/findings/one"
                    search={{ tenant, operator: finding.operator_id, finding: finding.finding_id }}
                  >
                    <Text value={finding.finding_id} most={60} />
                  </Link>{' '}
                  {finding.status}
                </li>
              ))}
            </Links>
            <Links title="Execution graphs" isMore={more.includes('graphs')}>
              {graphs.map((graph) => (
                <li key={graph.request_id}>
                  <Link to="/feedback/graphs/$tenant/$request" params={{ tenant, request: graph.request_id }}>
                    <Text value={graph.target_urn} most={80} />
                  </Link>
                  , {graph.node_count.toLocaleString()} nodes <Time at={graph.accepted_at} />
                </li>
              ))}
            </Links>
            <Links title="Adjustments of the policy" isMore={more.includes('adjustments')}>
              {adjustments.map((adjustment) => (
                <li key={adjustment.adjustment_id}>
                  <State tone={adjustment.withdrawn_at === null ? 'info' : 'idle'}>
                    <Text value={adjustment.action} most={32} />
                  </State>{' '}
                  <Link
                    to="/feedback/adjustments/$tenant/$number"
                    params={{ tenant, number: String(adjustment.adjustment_id) }}
                  >
                    <Text value={adjustment.target_urn} most={80} />
                  </Link>
                  , caused by {adjustment.cause}{' '}
                  {adjustment.withdrawn_at === null ? (
                    <>
                      until <Time at={adjustment.expires_at} />
                    </>
                  ) : (
                    <>
                      withdrawn <Time at={adjustment.withdrawn_at} />
                    </>
                  )}
                </li>
              ))}
            </Links>
          </Columns>
        )}
      </Answered>
    </Panel>
  );
}

function Links({
  title,
  isMore,
  children,
}: {
  readonly title: string;
  readonly isMore: boolean;
  readonly children: readonly React.ReactNode[];
}) {
  return (
    <section aria-label={title}>
      <h3 className={styles.subhead}>{title}</h3>
      {children.length === 0 ? (
        <p className={styles.legend}>None.</p>
      ) : (
        <ul className={styles.links}>{children}</ul>
      )}
      {isMore && <p className={styles.legend}>These are the newest; the list has more.</p>}
    </section>
  );
}
