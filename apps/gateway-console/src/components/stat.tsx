import type { ReactNode } from 'react';
import type { Tone } from './badge.tsx';
import styles from './stat.module.css';

/** One number that says how it goes, with its unit and what it is compared with. */
export function Stat({
  label,
  value,
  hint,
  tone = 'idle',
}: {
  readonly label: string;
  readonly value: ReactNode;
  readonly hint?: ReactNode;
  readonly tone?: Tone;
}) {
  return (
    <div className={styles.stat} data-tone={tone}>
      <p className={styles.label}>{label}</p>
      <p className={styles.value}>{value}</p>
      {hint !== undefined && <p className={styles.hint}>{hint}</p>}
    </div>
  );
}

export function Stats({ children }: { readonly children: ReactNode }) {
  return <div className={styles.stats}>{children}</div>;
}
