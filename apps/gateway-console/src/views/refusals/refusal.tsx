import { Link, useParams } from '@tanstack/react-router';
import { useAnswer } from '../../api/hooks.ts';
import type { Answer } from '../../api/types.ts';
import { Severity } from '../../components/badge.tsx';
import { Answered } from '../../components/fault-note.tsx';
import { Id } from '../../components/id.tsx';
import { Columns, Fact, Facts, Page, Panel } from '../../components/page.tsx';
import { Text } from '../../components/text.tsx';
import { Time } from '../../components/time.tsx';
import { RefusedBody } from './refused-body.tsx';

type Found = Answer<'/refusals/{sequence}'>;

/** One refusal: what its code means, what to do, whom it is about, and, on purpose, what was sent. */
export function Refusal() {
  const { sequence } = useParams({ from: '/console/refusals/$sequence' });
  const found = useAnswer('/refusals/{sequence}', { params: { sequence } });
  return (
    <Page title={found.data?.code.title ?? 'Refusal'} about={`Entry ${sequence} of the audit log.`}>
      <Answered of={found}>
        {(data) => (
          <>
            <Columns min={26}>
              <Meaning code={data.code} isSampled={data.entry.sampled} />
              <Request entry={data.entry} />
            </Columns>
            <RefusedBody
              sequence={sequence}
              kept={data.body}
              hasEvidence={data.has_evidence}
              entry={data.entry}
            />
          </>
        )}
      </Answered>
    </Page>
  );
}

function Meaning({ code, isSampled }: { readonly code: Found['code']; readonly isSampled: boolean }) {
  return (
    <Panel title="What it means">
      <Facts>
        <Fact name="Code">
          <code>{code.code}</code> <Severity value={code.level} />
        </Fact>
        <Fact name="Meaning">{code.meaning}</Fact>
        <Fact name="What to do">{code.what_to_do}</Fact>
        {code.http_status !== null && <Fact name="Answered with">{`HTTP ${code.http_status}`}</Fact>}
        {isSampled && (
          <Fact name="Written down">
            as one of a few a minute: there may have been many more, which the metrics count
          </Fact>
        )}
      </Facts>
    </Panel>
  );
}

function Request({ entry }: { readonly entry: Found['entry'] }) {
  return (
    <Panel title="The request">
      <Facts>
        <Fact name="Time">
          <Time at={entry.recorded_at} relative />
        </Fact>
        <Fact name="Attempted">
          <code>{entry.action}</code>
        </Fact>
        <Fact name="Identity">
          {entry.identity === null ? (
            'nobody vouched for it'
          ) : (
            <Link to="/refusals" search={{ identity: entry.identity }}>
              <Text value={entry.identity} />
            </Link>
          )}
        </Fact>
        <Fact name="Tenant">
          {entry.tenant_id === null ? (
            'none was established'
          ) : (
            <Id value={entry.tenant_id} what="tenant" full />
          )}
        </Fact>
        {entry.operator_id !== null && (
          <Fact name="Operator">
            <Text value={entry.operator_id} />
          </Fact>
        )}
        {entry.subject !== null && (
          <Fact name="About">
            <Text value={entry.subject} mono />
          </Fact>
        )}
        {entry.client_address !== null && (
          <Fact name="Came from">
            <Text value={entry.client_address} mono />
          </Fact>
        )}
        {entry.peer_sha256 !== null && (
          <Fact name="Certificate">
            <Id value={entry.peer_sha256} what="certificate fingerprint" />
          </Fact>
        )}
        {entry.kid !== null && (
          <Fact name="Key">
            <Id value={entry.kid} what="key id" />
          </Fact>
        )}
        <Fact name="Request id">
          <Id value={entry.request_id} what="request id" full />
        </Fact>
        <Fact name="In the log">
          <Link to="/audit/$sequence" params={{ sequence: String(entry.sequence) }}>
            entry {entry.sequence}, with its proof
          </Link>
        </Fact>
      </Facts>
    </Panel>
  );
}
