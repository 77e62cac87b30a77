import { Link, useParams } from '@tanstack/react-router';
import { useList } from '../../api/hooks.ts';
import { useMay } from '../../api/session.ts';
import { State, type Tone } from '../../components/badge.tsx';
import { EmptyState, Loading } from '../../components/empty-state.tsx';
import { FaultNote } from '../../components/fault-note.tsx';
import { Id } from '../../components/id.tsx';
import { Fact, Facts, Page, Panel } from '../../components/page.tsx';
import { Text } from '../../components/text.tsx';
import { Time } from '../../components/time.tsx';
import { ActionButton } from './action-dialog.tsx';
import { type IdentityRow, IdentityState, Limit } from './identities.tsx';
import { changeState, pinAgain, pinNext, unpin } from './identity-actions.ts';
import styles from './trust.module.css';

type Pin = IdentityRow['pins'][number];

const TONES: Readonly<Record<Pin['state'], Tone>> = {
  valid: 'ok',
  future: 'info',
  ended: 'idle',
  unpinned: 'bad',
};

/** One identity: its certificates, limits and keys, and what can be done about them. */
export function Identity() {
  const { identity } = useParams({ from: '/console/trust/identities/$identity' });
  const list = useList('/trust/identities', { identity });
  const row = list.rows.find((one) => one.identity === identity);
  const mayChange = useMay('officer');
  return (
    <Page
      title={`Identity ${identity}`}
      heading={
        <>
          <Text value={identity} /> {row !== undefined && <IdentityState of={row} />}
        </>
      }
      actions={mayChange && row !== undefined && <ActionButton of={changeState(identity, row.state)} />}
    >
      <FaultNote error={list.error} />
      {list.isPending && list.error === null && <Loading />}
      {!list.isPending && list.error === null && row === undefined && (
        <EmptyState title="No such identity">It is not declared, or this link is not whole.</EmptyState>
      )}
      {row !== undefined && <Whole of={row} mayChange={mayChange} />}
    </Page>
  );
}

function Whole({ of, mayChange }: { readonly of: IdentityRow; readonly mayChange: boolean }) {
  const canSpeak = of.pins.some(({ state }) => state === 'valid');
  return (
    <>
      <Panel
        title="Certificates"
        about="Only a pinned certificate is let in."
        actions={mayChange && <ActionButton of={canSpeak ? pinNext(of.identity) : pinAgain(of.identity)} />}
      >
        <ul className={styles.rows}>
          {of.pins.map((pin) => (
            <li key={pin.sha256} className={styles.row}>
              <Id value={pin.sha256} what="certificate SHA-256" full />
              <State tone={TONES[pin.state]}>{pin.state}</State>
              {pin.state !== 'unpinned' && (
                <span className={styles.quiet}>
                  <Time at={pin.not_before} none="since ever" /> to{' '}
                  <Time at={pin.not_after} none="no end" relative />
                </span>
              )}
              {mayChange && pin.state !== 'unpinned' && <ActionButton of={unpin(of.identity, pin.sha256)} />}
            </li>
          ))}
        </ul>
        {of.pins.length === 0 && <p className={styles.quiet}>No certificate is pinned: it cannot connect.</p>}
      </Panel>
      <Panel title="Limits">
        <Facts>
          <Fact name="Operators">
            <Limit of={of.operators} />
          </Fact>
          <Fact name="Tenants">
            <Limit of={of.tenants} />
          </Fact>
          <Fact name="SPIFFE name">
            {of.spiffe_id === null ? 'not asked for' : <Text value={of.spiffe_id} />}
          </Fact>
          <Fact name="Came from">{of.source}</Fact>
          <Fact name="Declared">
            <Time at={of.created_at} />
          </Fact>
        </Facts>
      </Panel>
      <Panel title="Keys that verify now">
        <ul className={styles.rows}>
          {of.keys.map((key) => (
            <li key={`${key.purpose} ${key.kid}`} className={styles.row}>
              <span>
                {key.purpose} <Id value={key.kid} what="kid" />
              </span>
              <span>{key.state}</span>
            </li>
          ))}
        </ul>
        {of.keys.length === 0 && (
          <p className={styles.quiet}>None: nothing that it sends is accepted until it has one.</p>
        )}
        <p>
          <Link to="/trust" search={{ owner: of.identity }}>
            All its keys, also those that ended
          </Link>
        </p>
      </Panel>
    </>
  );
}
