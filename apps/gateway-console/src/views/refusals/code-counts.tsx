import type { Answer } from '../../api/types.ts';
import { Severity } from '../../components/badge.tsx';
import { Time } from '../../components/time.tsx';
import { useFilters } from '../../shell/use-filters.ts';
import styles from './refusals.module.css';

type Counts = Pick<Answer<'/refusals/counts'>, 'counts' | 'is_whole'>;

/** How many of each code behind the filters; a press narrows the list to it, another one widens it again. */
export function CodeCounts({ counts, is_whole: isWhole }: Counts) {
  const { values, set } = useFilters();
  if (counts.length === 0) return null;
  const entries = counts.reduce((total, row) => total + row.entries, 0);
  return (
    <section aria-label="By code" className={styles.counts}>
      {counts.map((row) => {
        const isChosen = values.code === row.code;
        return (
          <button
            key={row.code}
            type="button"
            className={styles.count}
            aria-pressed={isChosen}
            onClick={() => set({ code: isChosen ? undefined : row.code })}
          >
            <span className={styles.number}>
              {row.written === 'samples' && '≥ '}
              {row.entries.toLocaleString()}
            </span>
            <span className={styles.code}>{row.code}</span>
            <Severity value={row.level} />
            <span className={styles.meaning}>{row.meaning}</span>
            <span className={styles.last}>
              last <Time at={row.last_at} relative />
            </span>
          </button>
        );
      })}
      {!isWhole && (
        <p className={styles.note}>
          Only the newest {entries.toLocaleString()} are counted; narrow the time for more.
        </p>
      )}
    </section>
  );
}
