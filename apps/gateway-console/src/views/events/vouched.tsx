import { State, type Tone } from '../../components/badge.tsx';
import { Id } from '../../components/id.tsx';
import { Columns, Fact, Facts, Panel } from '../../components/page.tsx';
import { Text } from '../../components/text.tsx';
import { Time } from '../../components/time.tsx';
import { keyStateAt } from './check-event.ts';
import styles from './event.module.css';
import type { EventDetail, Evidence } from './open-evidence.ts';

const TONES: Readonly<Record<string, Tone>> = {
  pending: 'info',
  active: 'ok',
  retiring: 'warn',
  revoked: 'bad',
};

function KeyState({ of }: { readonly of: string | undefined }) {
  return of === undefined ? (
    <State tone="bad">not in the keyring</State>
  ) : (
    <State tone={TONES[of] ?? 'idle'}>{of}</State>
  );
}

/** Key and certificate: who they belong to, and what the gateway thought of them then and thinks now. */
export function Vouched({ detail, evidence }: { readonly detail: EventDetail; readonly evidence: Evidence }) {
  const { key_life: life, pin, event } = detail;
  return (
    <Columns>
      <Panel title="Key that signed it">
        <Facts>
          <Fact name="Key id">
            <Id value={evidence.kid} what="key id" full />
          </Fact>
          <Fact name="Owner">
            <Text value={evidence.identity} most={128} />
          </Fact>
          <Fact name="Public key">
            <Id value={evidence.public_key} what="public key, base64url" full />
          </Fact>
          <Fact name="When accepted">
            <KeyState of={keyStateAt(life, event.accepted_at)?.state} />
          </Fact>
          <Fact name="Now">
            <KeyState of={life.at(-1)?.state} />
          </Fact>
          <Fact name="Its life">
            <ol className={styles.life}>
              {life.map((step) => (
                <li key={step.changed_at}>
                  <Time at={step.changed_at} /> {step.state}
                  {!step.covers && ', not for this tenant'}
                  {step.not_after !== null && (
                    <>
                      , until <Time at={step.not_after} />
                    </>
                  )}
                </li>
              ))}
              {life.length === 0 && <li>The keyring has never had it under this name.</li>}
            </ol>
          </Fact>
        </Facts>
      </Panel>
      <Panel title="Certificate that vouched for the connection">
        <Facts>
          <Fact name="SHA-256">
            <Id value={evidence.peer_sha256} what="certificate fingerprint" full />
          </Fact>
          <Fact name="Identity">
            <Text value={evidence.identity} most={128} />
          </Fact>
          <Fact name="Pinned">
            {pin === null ? (
              'not any more, or not for your session to see'
            ) : (
              <>
                since <Time at={pin.created_at} /> by <Text value={pin.source} />
                {pin.not_after !== null && (
                  <>
                    , ends <Time at={pin.not_after} />
                  </>
                )}
              </>
            )}
          </Fact>
          <Fact name="Received">
            <Time at={evidence.received_at} />
          </Fact>
          <Fact name="Signed timestamp">
            <Time at={new Date(evidence.timestamp * 1000).toISOString()} />
          </Fact>
          <Fact name="Nonce">
            <Id value={evidence.nonce} what="nonce" full />
          </Fact>
          <Fact name="Request">
            <Id value={event.request_id} what="request id" full />
          </Fact>
          <Fact name="Endpoint">
            {evidence.endpoint === 'telemetry-batch'
              ? `a batch under one signature; this is item ${event.evidence_index}`
              : 'a single event'}
          </Fact>
        </Facts>
        <p className={styles.legend}>
          The socket presented a certificate of this fingerprint. The certificate itself is not kept, and a
          browser cannot prove the handshake: this is the gateway's word, in an entry of the log.
        </p>
      </Panel>
    </Columns>
  );
}
