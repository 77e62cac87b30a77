import { executionFingerprint } from '@nyxera/federation-protocol/execution-fingerprint';
import { Link } from '@tanstack/react-router';
import { State } from '../../components/badge.tsx';
import { Id } from '../../components/id.tsx';
import { Fact, Facts, Panel } from '../../components/page.tsx';
import { Text } from '../../components/text.tsx';
import { fingerprintInputs } from './check-event.ts';
import type { EventDetail, OpenedEvidence } from './open-evidence.ts';

/** What the execution fingerprint is made of (PROTOCOL.md section 11), and what comes out of it here. */
export function FingerprintInputs({
  event,
  opened,
}: {
  readonly event: EventDetail['event'];
  readonly opened: OpenedEvidence;
}) {
  const inputs = fingerprintInputs(opened);
  const computed = inputs === null ? null : executionFingerprint(inputs);
  const tenant = event.tenant_id;
  return (
    <Panel
      title="Fingerprint and attestation"
      about="The attestation hash travels from the report to the policy; the fingerprint binds it to tool, manifest, policy, operator, tenant and time."
    >
      <Facts>
        <Fact name="Execution fingerprint">
          <Id value={event.execution_hash} what="execution fingerprint" full />{' '}
          <Link to="/events" search={{ tenant, fingerprint: event.execution_hash }}>
            all with it
          </Link>
        </Fact>
        <Fact name="Computed here">
          {computed === null ? (
            'not all of its inputs were sent'
          ) : (
            <>
              <State tone={computed === event.execution_hash ? 'ok' : 'bad'}>
                {computed === event.execution_hash ? 'the same' : 'another'}
              </State>{' '}
              <Id value={computed} what="computed fingerprint" full />
            </>
          )}
        </Fact>
        <Fact name="Attestation hash">
          <Id value={event.attestation_measurement_hash} what="attestation hash" full />{' '}
          <Link to="/events" search={{ tenant, attestation: event.attestation_measurement_hash }}>
            all with it
          </Link>
          {event.attestation_synthetic && (
            <>
              {' '}
              <State tone="warn">synthetic: nothing was measured, so that the agent derived it</State>
            </>
          )}
        </Fact>
        {inputs !== null &&
          Object.entries(inputs)
            .filter(([name]) => name !== 'attestation_measurement_hash')
            .map(([name, value]) => (
              <Fact key={name} name={name}>
                <Text mono value={String(value)} />
              </Fact>
            ))}
      </Facts>
    </Panel>
  );
}
