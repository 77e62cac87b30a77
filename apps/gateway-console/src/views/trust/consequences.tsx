import { Text } from '../../components/text.tsx';
import styles from './trust.module.css';
import type { Consequence } from './use-trust-action.ts';

const SHAPES = { danger: '✕', warning: '!', note: 'i' } as const;
const WORDS = { danger: 'Danger: ', warning: 'Warning: ', note: '' } as const;

/** What a change means, the gravest first. */
export function Consequences({ of }: { readonly of: readonly Consequence[] }) {
  if (of.length === 0) return <p className={styles.quiet}>Nobody is accepted or refused because of it.</p>;
  return (
    <ul className={styles.consequences} aria-label="What happens">
      {of.map(({ weight, text }) => (
        <li key={text} className={styles.consequence} data-weight={weight}>
          <span aria-hidden="true">{SHAPES[weight]}</span>
          <span>
            <strong>{WORDS[weight]}</strong>
            <Text value={text} most={2000} />
          </span>
        </li>
      ))}
    </ul>
  );
}
