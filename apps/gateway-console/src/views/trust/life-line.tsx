import { localTime, readTime } from '../../components/format-time.ts';
import { type LifeStep, type Period, spansOf } from './life-spans.ts';
import styles from './trust.module.css';

const WIDTH = 1000;

/** The states of a key on a time line, all rows on one axis. Told in words to who does not see it. */
export function LifeLine({ life, axis }: { readonly life: readonly LifeStep[]; readonly axis: Period }) {
  const spans = spansOf(life, axis);
  const said = life.map(({ state, from }) => `${state} from ${shown(from)}`).join(', ');
  return (
    <svg
      className={styles.line}
      viewBox={`0 0 ${WIDTH} 12`}
      preserveAspectRatio="none"
      role="img"
      aria-label={said}
    >
      <title>{said}</title>
      <line className={styles.axis} x1="0" y1="6" x2={WIDTH} y2="6" />
      {spans.map(({ state, start, end }) => (
        <rect
          key={start}
          className={styles[state]}
          x={start * WIDTH}
          // A step of a second is still seen.
          width={Math.max(4, (end - start) * WIDTH)}
          y={state === 'revoked' ? 4.5 : state === 'active' ? 0 : 2}
          height={state === 'revoked' ? 3 : state === 'active' ? 12 : 8}
        />
      ))}
    </svg>
  );
}

/** What the shapes mean, and where the axis begins and ends. */
export function LifeLegend({ axis }: { readonly axis: Period }) {
  return (
    <p className={styles.legend}>
      <span>From {shown(new Date(axis.from).toISOString())} to now:</span>
      {(['pending', 'active', 'retiring', 'revoked'] as const).map((state) => (
        <span key={state} className={styles.entry}>
          <svg width="18" height="12" viewBox="0 0 18 12" aria-hidden="true">
            <rect
              className={styles[state]}
              width="18"
              y={state === 'revoked' ? 4.5 : state === 'active' ? 0 : 2}
              height={state === 'revoked' ? 3 : state === 'active' ? 12 : 8}
            />
          </svg>
          {state}
        </span>
      ))}
    </p>
  );
}

function shown(at: string): string {
  const date = readTime(at);
  return date === null ? at : localTime(date);
}
