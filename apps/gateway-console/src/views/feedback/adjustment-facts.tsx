import { Link } from '@tanstack/react-router';
import { Id } from '../../components/id.tsx';
import { Fact, Facts } from '../../components/page.tsx';
import { Text } from '../../components/text.tsx';
import { Time } from '../../components/time.tsx';
import type { Adjustment } from './adjustment-table.tsx';
import { lifeOf } from './life.ts';
import { ActionBadge } from './words.tsx';

/** What is signed, and what is known about why. */
export function AdjustmentFacts({ adjustment }: { readonly adjustment: Adjustment }) {
  return (
    <Facts>
      <Fact name="Target">
        <Text value={adjustment.target_urn} />
      </Fact>
      <Fact name="Action">
        <ActionBadge action={adjustment.action} />
      </Fact>
      <Fact name="Confidence">{adjustment.confidence}</Fact>
      <Fact name="Control">
        <Text value={adjustment.control} />
      </Fact>
      <Fact name="Rationale">
        <Text value={adjustment.rationale} block />
      </Fact>
      <Fact name="Issued">
        <Time at={adjustment.issued_at} relative />
      </Fact>
      <Fact name="Lives for">{lifeOf(adjustment.ttl_seconds)}</Fact>
      <Fact name="Caused by">
        <Cause adjustment={adjustment} />
      </Fact>
      {adjustment.reason !== null && (
        <Fact name="Because">
          <Text value={adjustment.reason} />
        </Fact>
      )}
      {adjustment.changed_by !== null && (
        <Fact name={adjustment.withdrawn_at === null ? 'Shortened by' : 'Withdrawn by'}>
          <Text value={adjustment.changed_by} /> <Time at={adjustment.changed_at} />:{' '}
          <Text value={adjustment.change_reason ?? ''} />
        </Fact>
      )}
      {adjustment.changed_by === null && adjustment.withdrawn_at !== null && (
        <Fact name="Withdrawn">
          <Time at={adjustment.withdrawn_at} />, with its finding
        </Fact>
      )}
      <Fact name="Execution">
        <Link to="/events" search={{ fingerprint: adjustment.execution_fingerprint }}>
          <Id value={adjustment.execution_fingerprint} what="fingerprint" bare />
        </Link>
      </Fact>
      <Fact name="Attestation">
        <Id value={adjustment.attestation_measurement_hash} what="attestation hash" />
      </Fact>
      <Fact name="Tenant">
        <Id value={adjustment.tenant_id} what="tenant" full />
      </Fact>
    </Facts>
  );
}

function Cause({ adjustment }: { readonly adjustment: Adjustment }) {
  const { tenant_id: tenant, cause, basis } = adjustment;
  const graph = cause === 'graph' ? adjustment.cause_id : basis === 'graph' ? adjustment.basis_id : null;
  const finding =
    cause === 'finding' ? adjustment.cause_id : basis === 'finding' ? adjustment.basis_id : null;
  return (
    <>
      {cause === 'analyst' ? (
        <Text value={adjustment.issued_by ?? 'an analyst'} />
      ) : (
        <code>{adjustment.rule_id}</code>
      )}
      {graph !== null && (
        <>
          {', about '}
          <Link to="/feedback/graphs/$tenant/$request" params={{ tenant, request: graph }}>
            this graph
          </Link>
        </>
      )}
      {finding !== null && (
        <>
          {', about finding '}
          <Link to="/findings/one" search={{ tenant, ...findingOf(finding) }}>
            <Text value={finding} most={160} />
          </Link>
        </>
      )}
    </>
  );
}

/** `<operator>/<finding>`: an operator's name may hold a slash, a finding's id does not. */
export function findingOf(cause: string): { readonly operator: string; readonly finding: string } {
  const cut = cause.lastIndexOf('/');
  return { operator: cause.slice(0, cut), finding: cause.slice(cut + 1) };
}
