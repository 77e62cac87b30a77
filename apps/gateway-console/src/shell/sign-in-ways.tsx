import { API_BASE } from '../api/csrf.ts';
import type { Answer } from '../api/types.ts';
import { Button, primaryClass } from '../components/button.tsx';
import { Copy } from '../components/copy.tsx';
import { Loading } from '../components/empty-state.tsx';
import { FaultNote } from '../components/fault-note.tsx';
import styles from './sign-in.module.css';

const COMMAND = 'vectorvue-gateway console';

/** How one gets in on this listener: the gateway says which ways there are. */
export function SignInWays({
  ways,
  error,
  back,
  onCertificate,
}: {
  readonly ways: Answer<'/sign-in'> | undefined;
  readonly error: Error | null;
  readonly back: string | undefined;
  readonly onCertificate: () => void;
}) {
  if (ways === undefined) return error === null ? <Loading /> : <FaultNote error={error} />;
  const isClosed = !ways.link && !ways.certificate && !ways.oidc;
  return (
    <div className={styles.ways}>
      {ways.oidc && (
        <a
          className={primaryClass}
          href={`${API_BASE}/sign-in/oidc?${new URLSearchParams({ back: back ?? '/' })}`}
        >
          Sign in with your organisation
        </a>
      )}
      {ways.certificate && (
        <>
          <Button tone={ways.oidc ? 'plain' : 'primary'} onClick={onCertificate}>
            Sign in with this browser’s certificate
          </Button>
          <p className={styles.hint}>Its fingerprint must belong to a user of this console.</p>
        </>
      )}
      {ways.link && (
        <div className={styles.link}>
          <p>On the gateway’s host, run this and open the link that it prints:</p>
          <p className={styles.command}>
            <code>{COMMAND}</code>
            <Copy value={COMMAND} what="command" />
          </p>
          <p className={styles.hint}>
            A link works once, for two minutes. <code>--role</code> and <code>--tenant</code> say what its
            session may see.
          </p>
        </div>
      )}
      {isClosed && (
        <p>
          Nobody can sign in here: the listener is not on loopback, and neither certificates nor an OpenID
          provider are set up. The gateway’s README, “Console”, says how.
        </p>
      )}
    </div>
  );
}
