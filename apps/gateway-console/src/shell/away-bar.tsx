import { localTime } from '../components/format-time.ts';
import { awaySince } from './away.ts';
import styles from './layout.module.css';
import { useSignal } from './signal.ts';

/** Says that the gateway does not answer; it goes when it does. What is on the page stays readable. */
export function AwayBar() {
  const since = useSignal(awaySince);
  return (
    <div role="status" aria-live="polite">
      {since !== null && (
        <p className={styles.away}>
          The gateway does not answer since {localTime(new Date(since)).slice(11)}. What you see is from
          before. Trying again; the page recovers by itself.
        </p>
      )}
    </div>
  );
}
