import { Link, useParams } from '@tanstack/react-router';
import { useMemo } from 'react';
import { API_BASE } from '../../api/csrf.ts';
import { useAnswer } from '../../api/hooks.ts';
import { Refusal } from '../../api/refusal.ts';
import type { Answer } from '../../api/types.ts';
import { State } from '../../components/badge.tsx';
import { buttonClass } from '../../components/button.tsx';
import { Answered } from '../../components/fault-note.tsx';
import { Icon } from '../../components/icon.tsx';
import { Id } from '../../components/id.tsx';
import { Columns, Fact, Facts, Page, Panel } from '../../components/page.tsx';
import { Text } from '../../components/text.tsx';
import { Time } from '../../components/time.tsx';
import { verifyDisclosures, verifyEntryInclusion } from '../../verify/index.ts';
import styles from './audit.module.css';
import { PathPicture } from './path-picture.tsx';
import { useTrustedKey } from './use-trusted-key.ts';
import { VerdictBadge } from './verdict-badge.tsx';

type Entry = Answer<'/audit/entries/{sequence}'>;

/** One entry: its exact bytes, what is disclosed beside them, and that it is where it says in the signed log. */
export function AuditEntry() {
  const { sequence } = useParams({ strict: false });
  const params = { sequence: sequence ?? '' };
  const answer = useAnswer('/audit/entries/{sequence}', { params });
  const entry = answer.data;
  return (
    <Page
      title={`Entry ${params.sequence}`}
      about="An entry of the audit log, verified in your browser."
      actions={
        entry !== undefined &&
        entry.pruned_by === null && (
          <a
            className={buttonClass}
            download
            href={`${API_BASE}/audit/requests/${encodeURIComponent(entry.request_id)}/proof-file`}
          >
            <Icon name="download" size={16} /> Offline proof file
          </a>
        )
      }
    >
      <Answered of={answer}>
        {(data) => (
          <>
            <Columns>
              <EntryFacts entry={data} />
              <Disclosures entry={data} />
            </Columns>
            <Panel
              title="Exactly what was hashed"
              about="Canonical JSON; one changed byte is another leaf hash."
            >
              {data.pruned_by === null ? (
                <Text value={data.entry} most={20_000} block mono />
              ) : (
                <p>
                  Its text was removed by retention, said by request{' '}
                  <Id value={data.pruned_by} what="request id" />. The hash stands, and is proven below.
                </p>
              )}
            </Panel>
            <Inclusion entry={data} />
          </>
        )}
      </Answered>
    </Page>
  );
}

function EntryFacts({ entry }: { readonly entry: Entry }) {
  return (
    <Panel title="What it says">
      <Facts>
        <Fact name="Recorded">
          <Time at={entry.recorded_at} />
        </Fact>
        <Fact name="Code">
          <Text value={entry.code} />
        </Fact>
        <Fact name="Class">{entry.class}</Fact>
        <Fact name="Action">
          <Text value={entry.action} />
        </Fact>
        <Fact name="Actor">
          <Text value={entry.actor} />
        </Fact>
        <Fact name="Request">
          <Id value={entry.request_id} what="request id" />{' '}
          <Link to="/audit" search={{ request: entry.request_id } as never}>
            all its entries
          </Link>
        </Fact>
        {entry.kid !== null && (
          <Fact name="Key">
            <Id value={entry.kid} what="key id" />
          </Fact>
        )}
        {entry.peer_sha256 !== null && (
          <Fact name="Certificate">
            <Id value={entry.peer_sha256} what="certificate hash" />
          </Fact>
        )}
      </Facts>
    </Panel>
  );
}

/** Whom it names is in the entry only as a salted hash; what is said beside it is compared with that hash. */
function Disclosures({ entry }: { readonly entry: Entry }) {
  const disclosures = useMemo(() => verifyDisclosures(entry.entry, entry.disclosure), [entry]);
  return (
    <Panel
      title="What is disclosed beside it"
      about="The entry holds salted hashes of these. Each value is hashed again here and compared."
    >
      {disclosures.length === 0 && <p>It names no tenant, operator or subject.</p>}
      <Facts>
        {disclosures.map(({ member, value, ok }) => (
          <Fact key={member} name={member.replaceAll('_', ' ')}>
            {value === null ? 'erased' : <Text value={value} />}{' '}
            {ok !== null && (
              <State tone={ok ? 'ok' : 'bad'}>
                {ok ? 'committed to' : 'not what the entry committed to'}
              </State>
            )}
          </Fact>
        ))}
      </Facts>
    </Panel>
  );
}

function Inclusion({ entry }: { readonly entry: Entry }) {
  const answer = useAnswer('/audit/entries/{sequence}/proof', {
    params: { sequence: String(entry.sequence) },
  });
  const { error } = answer;
  const isEarly = error instanceof Refusal && error.code === 'not_integrated';
  return (
    <Panel
      title="In the signed log"
      about="The leaf hash is computed from the text above, and led to the root of the newest signed checkpoint by the hashes of the proof."
    >
      {isEarly ? (
        <p>
          <State tone="info">The next checkpoint will reach it; that takes a second.</State>{' '}
          <button type="button" className={buttonClass} onClick={() => void answer.refetch()}>
            Look again
          </button>
        </p>
      ) : (
        <Answered of={answer}>{(data) => <Proven entry={entry} answer={data} />}</Answered>
      )}
    </Panel>
  );
}

function Proven({
  entry,
  answer,
}: {
  readonly entry: Entry;
  readonly answer: Answer<'/audit/entries/{sequence}/proof'>;
}) {
  const trusted = useTrustedKey();
  const verdict = useMemo(
    () => verifyEntryInclusion(entry.pruned_by === null ? entry.entry : null, answer, trusted),
    [entry, answer, trusted],
  );
  const cosigned = verdict.ok ? verdict.value.witnesses.filter(({ ok }) => ok === true) : [];
  return (
    <>
      <p>
        <VerdictBadge
          verdict={verdict}
          yes={`Proven: it is entry ${answer.sequence.toLocaleString()} of the ${answer.size.toLocaleString()} that ${answer.log} has signed`}
        />
      </p>
      {verdict.ok && (
        <>
          <Facts>
            <Fact name="Leaf hash">
              <Id value={entry.leaf_hash} what="leaf hash" />{' '}
              {entry.pruned_by === null ? 'computed here' : 'as stored'}
            </Fact>
            <Fact name="Signed by">
              {verdict.value.keyFromGateway ? (
                <>
                  the key that the gateway names;{' '}
                  <Link to="/audit" search={{ tab: 'key' } as never}>
                    give one of your own
                  </Link>
                </>
              ) : (
                'the key that you trust'
              )}
            </Fact>
            <Fact name="Cosigned by">
              {cosigned.length === 0 ? (
                'nobody yet'
              ) : (
                <Text value={cosigned.map(({ identity }) => identity).join(', ')} />
              )}
            </Fact>
          </Facts>
          <PathPicture sequence={entry.sequence} leaf={verdict.value.leaf} path={verdict.value.path} />
        </>
      )}
      <details className={styles.details}>
        <summary>The checkpoint as it was signed</summary>
        <pre className={styles.bytes}>{answer.checkpoint}</pre>
      </details>
    </>
  );
}
