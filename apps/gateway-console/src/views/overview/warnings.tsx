import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { State } from '../../components/badge.tsx';
import { Panel } from '../../components/page.tsx';
import { Text } from '../../components/text.tsx';
import { Time } from '../../components/time.tsx';
import styles from './overview.module.css';
import type { Overview } from './use-overview.ts';

type Warning = Overview['warnings'][number];

/** What wants a hand, the worst first. Nothing to do is worth a line, too: silence could be a page that is broken. */
export function Warnings({ warnings }: { readonly warnings: readonly Warning[] }) {
  if (warnings.length === 0) {
    return (
      <p className={styles.calm}>
        <State tone="ok">Nothing wants a hand</State>
      </p>
    );
  }
  return (
    <Panel title={warnings.length === 1 ? 'One thing wants a hand' : `${warnings.length} things want a hand`}>
      <ul className={styles.warnings}>
        {warnings.map((warning) => (
          <li key={`${warning.kind} ${warning.subject} ${warning.text}`} className={styles.warning}>
            <State tone={warning.severity === 'critical' ? 'bad' : 'warn'}>{warning.severity}</State>
            <div className={styles.words}>
              <p>
                <Text value={warning.text} />
              </p>
              <p className={styles.advice}>
                <Text value={warning.advice} /> <Way warning={warning} />
              </p>
            </div>
            <span className={styles.when}>
              <Time at={warning.at} none="" relative />
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

/** Where to look further; null: the advice says all there is. */
function Way({ warning: { kind, subject } }: { readonly warning: Warning }): ReactNode {
  switch (kind) {
    case 'security_events':
      return (
        <Link to="/security" search={{ code: subject }}>
          Show them
        </Link>
      );
    case 'clock_skew':
      return (
        <Link to="/refusals" search={{ identity: subject }}>
          Its refusals
        </Link>
      );
    case 'tenant_suspended':
      return (
        <Link to="/refusals" search={{ code: 'tenant_mapping_violation' }}>
          Such refusals
        </Link>
      );
    case 'key_ends':
    case 'pin_ends':
    case 'rotation_unconfirmed':
      return <Link to="/trust">Trust</Link>;
    case 'log_late':
    case 'log_unwitnessed':
    case 'log_unsigned':
      return <Link to="/audit">Audit log</Link>;
    default:
      return null;
  }
}
