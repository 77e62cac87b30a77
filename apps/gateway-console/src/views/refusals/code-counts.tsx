import type { Answer } from '../../api/types.ts';
import { Severity } from '../../components/badge.tsx';
import { Fact, Facts, Panel } from '../../components/page.tsx';
import { Time } from '../../components/time.tsx';
import { useFilters } from '../../shell/use-filters.ts';
import styles from './refusals.module.css';

type Counts = Pick<Answer<'/refusals/counts'>, 'counts' | 'is_whole'>;

/** How many of each code behind the filters; a press narrows the list to it, another one widens it again. */
export function CodeCounts({ counts, is_whole: isWhole }: Counts) {
  const { values, set } = useFilters();
  if (counts.length === 0) return null;
  const entries = counts.reduce((total, row) => total + row.entries, 0);
  const chosen = counts.find(({ code }) => code === values.code);
  return (
    <section aria-label="By code" className={styles.counts}>
      <div className={styles.codes}>
        {counts.map((row) => (
          <button
            key={row.code}
            type="button"
            className={styles.count}
            aria-pressed={row === chosen}
            title={row.meaning}
            onClick={() => set({ code: row === chosen ? undefined : row.code })}
          >
            <span className={styles.number}>
              {row.written === 'samples' && '≥ '}
              {row.entries.toLocaleString()}
            </span>
            <span className={styles.code}>{row.code}</span>
            <Severity value={row.level} />
          </button>
        ))}
      </div>
      {!isWhole && (
        <p className={styles.note}>
          Only the newest {entries.toLocaleString()} are counted; narrow the time for more.
        </p>
      )}
      {chosen !== undefined && (
        <Panel title={chosen.title}>
          <Facts>
            <Fact name="Meaning">{chosen.meaning}</Fact>
            <Fact name="What to do">{chosen.what_to_do}</Fact>
            <Fact name="Last">
              <Time at={chosen.last_at} relative />
            </Fact>
          </Facts>
        </Panel>
      )}
    </section>
  );
}
