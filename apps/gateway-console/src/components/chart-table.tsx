import styles from './chart.module.css';
import type { ChartSeries } from './chart-options.ts';
import { Text } from './text.tsx';
import { Time } from './time.tsx';

/** The newest rows that are shown; a chart has no more points worth reading one by one. */
const MOST = 120;

export function ChartTable({
  title,
  times,
  series,
}: {
  readonly title: string;
  readonly times: readonly number[];
  readonly series: readonly ChartSeries[];
}) {
  const rows = times.map((at, index) => ({ at, index })).slice(-MOST);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keys
    <section className={styles.table} tabIndex={0} aria-label={`${title}, as a table`}>
      <table>
        <thead>
          <tr>
            <th scope="col">Time</th>
            {series.map((line) => (
              <th key={line.label} scope="col">
                <Text value={line.label} most={60} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.reverse().map(({ at, index }) => (
            <tr key={at}>
              <th scope="row">
                <Time at={new Date(at * 1000).toISOString()} />
              </th>
              {series.map((line) => {
                const value = line.values[index] ?? null;
                return (
                  <td key={line.label}>
                    {value === null ? '–' : `${value.toLocaleString()}${line.unit ?? ''}`}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
