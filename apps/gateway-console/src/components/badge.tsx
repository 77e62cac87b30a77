import styles from './badge.module.css';
import { Text } from './text.tsx';

/** Shape and word say it; the colour only helps. */
const SHAPES = {
  critical: '◆',
  high: '▲',
  medium: '●',
  low: '▽',
  informational: '○',
  ok: '✓',
  warn: '!',
  bad: '✕',
  info: 'i',
  idle: '–',
} as const;

type SeverityName = 'critical' | 'high' | 'medium' | 'low' | 'informational';
export type Tone = 'ok' | 'warn' | 'bad' | 'info' | 'idle';

function severityOf(value: string): SeverityName | null {
  const name = value.toLowerCase();
  if (name === 'info') return 'informational';
  return name in SHAPES && !['ok', 'warn', 'bad', 'idle'].includes(name) ? (name as SeverityName) : null;
}

/** A severity of an event or finding. One that the console does not know is shown as the text that it is. */
export function Severity({ value }: { readonly value: string }) {
  const name = severityOf(value);
  return (
    <span className={`${styles.badge} ${styles[name ?? 'idle']}`}>
      <span aria-hidden="true" className={styles.shape}>
        {SHAPES[name ?? 'idle']}
      </span>
      <Text value={value} most={40} />
    </span>
  );
}

/** The state of a thing, in its own words: `<State tone="warn">expires in 3 days</State>`. */
export function State({ tone, children }: { readonly tone: Tone; readonly children: React.ReactNode }) {
  return (
    <span className={`${styles.badge} ${styles[tone]}`}>
      <span aria-hidden="true" className={styles.shape}>
        {SHAPES[tone]}
      </span>
      {children}
    </span>
  );
}
