import { State } from '../../components/badge.tsx';
import type { Check } from './check-event.ts';
import styles from './event.module.css';

const TONES = { ok: 'ok', bad: 'bad', unknown: 'idle' } as const;
const WORDS = { ok: 'holds', bad: 'fails', unknown: 'not known' } as const;

type Shown = Pick<Check, 'title' | 'verdict' | 'says'> & { readonly id: string };

/** Each check with its outcome, said by word and shape. */
export function Checks({ of }: { readonly of: readonly Shown[] }) {
  return (
    <ul className={styles.checks}>
      {of.map(({ id, title, verdict, says }) => (
        <li key={id} className={styles.check} data-check={id} data-verdict={verdict}>
          <State tone={TONES[verdict]}>{WORDS[verdict]}</State>
          <span>
            <strong>{title}</strong>
            <span className={styles.says}> {says}</span>
          </span>
        </li>
      ))}
    </ul>
  );
}
